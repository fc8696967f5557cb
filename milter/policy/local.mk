milter_libassay_a_SOURCES += \
	%D%/action.c %D%/action.h \
	%D%/catch_rule.c %D%/catch_rule.h \
	%D%/disposition.c %D%/disposition.h \
	%D%/facts.c %D%/facts.h \
	%D%/judge.c %D%/judge.h \
	%D%/let_in.c %D%/let_in.h \
	%D%/policy.c %D%/policy.h \
	%D%/policy_file.c \
	%D%/policy_names.c \
	%D%/refusal.c %D%/refusal.h \
	%D%/tie.c %D%/tie.h
