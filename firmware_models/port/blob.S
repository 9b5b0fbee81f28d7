// The data of an image. SPDX-License-Identifier: Apache-2.0
    .section .rodata.fw_blob, "a"
    .balign 8
    .globl fw_blob
fw_blob:
    .incbin FW_BLOB_FILE
    .globl fw_blob_end
fw_blob_end:
    .byte 0
