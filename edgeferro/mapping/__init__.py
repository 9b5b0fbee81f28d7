"""From a float network and a chip file to the chip's configuration and contents."""
