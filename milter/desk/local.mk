milter_libassay_a_SOURCES += \
	%D%/casefile.c %D%/casefile.h \
	%D%/bounce_text.c %D%/bounce_text.h \
	%D%/pasted.c %D%/pasted.h \
	%D%/pasted_names.c %D%/pasted_names.h \
	%D%/pasted_story.c %D%/pasted_story.h \
	%D%/closing.c %D%/closing.h \
	%D%/outgoing.c %D%/outgoing.h \
	%D%/outgoing_words.c \
	%D%/playbook.c %D%/playbook.h \
	%D%/playbook_facts.c %D%/playbook_facts.h \
	%D%/source_words.c %D%/source_words.h \
	%D%/sheet.c %D%/sheet.h \
	%D%/whatif.c %D%/whatif.h \
	%D%/why.h \
	%D%/why_list.c %D%/why_list.h \
	%D%/why_evidence.c \
	%D%/why_story.c
