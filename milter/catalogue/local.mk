milter_libassay_a_SOURCES += \
	%D%/clients.c %D%/clients.h \
	%D%/runbook.c %D%/runbook.h \
	%D%/sender_entry.c %D%/sender_entry.h \
	%D%/senders.c %D%/senders.h \
	%D%/suffix.c %D%/suffix.h
