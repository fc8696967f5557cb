milter_libassay_a_SOURCES += \
	%D%/playbook.c %D%/playbook.h \
	%D%/playbook_facts.c %D%/playbook_facts.h
