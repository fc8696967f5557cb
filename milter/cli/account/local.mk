assay_SOURCES += %D%/cmd_account.c
