milter_libassay_a_SOURCES += \
	%D%/casefile.c %D%/casefile.h \
	%D%/playbook.c %D%/playbook.h \
	%D%/playbook_facts.c %D%/playbook_facts.h
