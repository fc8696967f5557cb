assay_SOURCES += \
	%D%/cmd_policy.c \
	%D%/policy_show.c %D%/policy_show.h
