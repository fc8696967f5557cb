# reports that others send, read
milter_libassay_a_SOURCES += \
	%D%/aggregate.c %D%/aggregate.h \
	%D%/aggregate_reader.c %D%/aggregate_reader.h \
	%D%/charset.c %D%/charset.h \
	%D%/element.c %D%/element.h \
	%D%/failure.c %D%/failure.h \
	%D%/incoming.c %D%/incoming.h \
	%D%/look.c %D%/look.h \
	%D%/markup.c %D%/markup.h \
	%D%/notes.c %D%/notes.h \
	%D%/parsedmarc.c %D%/parsedmarc.h \
	%D%/process.c %D%/process.h \
	%D%/record.c %D%/record.h \
	%D%/repair.c %D%/repair.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/stream.c %D%/stream.h \
	%D%/subject.c %D%/subject.h \
	%D%/tls.c %D%/tls.h \
	%D%/walk.c %D%/walk.h \
	%D%/walk_report.c %D%/walk_report.h \
	%D%/wire.c %D%/wire.h \
	%D%/words.c %D%/words.h
