"""Devices from measurement: read a file, find the branches, fit kernels, write."""
