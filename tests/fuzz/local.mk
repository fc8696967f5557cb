# Fuzz targets.  To add one: write tests/fuzz/NAME_fuzz.c with LLVMFuzzerTestOneInput, put a few dozen
# small seeds at most into tests/fuzz/corpus/NAME/, and add one line below.
#
# Built as usual, a target is a check program that replays its corpus, with truncations and mutations that
# are the same every time; under --enable-fuzzers it is a libFuzzer program, which contrib/fuzz runs.
FUZZ_TARGETS =
FUZZ_TARGETS += tests/fuzz/address_fuzz
FUZZ_TARGETS += tests/fuzz/alert_fuzz
FUZZ_TARGETS += tests/fuzz/arc_fuzz
FUZZ_TARGETS += tests/fuzz/archive_fuzz
FUZZ_TARGETS += tests/fuzz/arf_fuzz
FUZZ_TARGETS += tests/fuzz/as_table_fuzz
FUZZ_TARGETS += tests/fuzz/aside_fuzz
FUZZ_TARGETS += tests/fuzz/authres_fuzz
FUZZ_TARGETS += tests/fuzz/bimi_fuzz
FUZZ_TARGETS += tests/fuzz/blocks_fuzz
FUZZ_TARGETS += tests/fuzz/bounce_fuzz
FUZZ_TARGETS += tests/fuzz/config_fuzz
FUZZ_TARGETS += tests/fuzz/copy_row_fuzz
FUZZ_TARGETS += tests/fuzz/csv_fuzz
FUZZ_TARGETS += tests/fuzz/dmarc_eval_fuzz
FUZZ_TARGETS += tests/fuzz/dmarc_record_fuzz
FUZZ_TARGETS += tests/fuzz/dkim_canon_fuzz
FUZZ_TARGETS += tests/fuzz/dkim_key_fuzz
FUZZ_TARGETS += tests/fuzz/dkim_sig_fuzz
FUZZ_TARGETS += tests/fuzz/dkim_verify_fuzz
FUZZ_TARGETS += tests/fuzz/direct_fuzz
FUZZ_TARGETS += tests/fuzz/domain_fuzz
FUZZ_TARGETS += tests/fuzz/eml_fuzz
FUZZ_TARGETS += tests/fuzz/failure_mail_fuzz
FUZZ_TARGETS += tests/fuzz/feedback_fuzz
FUZZ_TARGETS += tests/fuzz/from_fuzz
FUZZ_TARGETS += tests/fuzz/history_fuzz
FUZZ_TARGETS += tests/fuzz/https_fuzz
FUZZ_TARGETS += tests/fuzz/imap_fuzz
FUZZ_TARGETS += tests/fuzz/incoming_fuzz
FUZZ_TARGETS += tests/fuzz/intake_fuzz
FUZZ_TARGETS += tests/fuzz/keeper_fuzz
FUZZ_TARGETS += tests/fuzz/mailto_fuzz
FUZZ_TARGETS += tests/fuzz/message_eval_fuzz
FUZZ_TARGETS += tests/fuzz/message_fuzz
FUZZ_TARGETS += tests/fuzz/mta_fuzz
FUZZ_TARGETS += tests/fuzz/packet_fuzz
FUZZ_TARGETS += tests/fuzz/pasted_fuzz
FUZZ_TARGETS += tests/fuzz/playbook_fuzz
FUZZ_TARGETS += tests/fuzz/policy_fuzz
FUZZ_TARGETS += tests/fuzz/record_dkim_fuzz
FUZZ_TARGETS += tests/fuzz/row_fuzz
FUZZ_TARGETS += tests/fuzz/sections_fuzz
FUZZ_TARGETS += tests/fuzz/repair_fuzz
FUZZ_TARGETS += tests/fuzz/redact_fuzz
FUZZ_TARGETS += tests/fuzz/spf_eval_fuzz
FUZZ_TARGETS += tests/fuzz/spf_record_fuzz
FUZZ_TARGETS += tests/fuzz/sts_fuzz
FUZZ_TARGETS += tests/fuzz/taglist_fuzz
FUZZ_TARGETS += tests/fuzz/tlsrpt_fuzz
FUZZ_TARGETS += tests/fuzz/zone_fuzz
if WEB
FUZZ_TARGETS += tests/fuzz/pages_fuzz
endif

check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/sign_key.h tests/fuzz/corpus

# for programs that name no LDADD of their own: the fuzz targets
if FUZZERS
LDADD = $(FUZZ_LDFLAGS) $(ASSAY_LIBS)
else
check_LIBRARIES = tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = %D%/replay_main.c
LDADD = tests/fuzz/libreplay.a $(ASSAY_LIBS)
TESTS += $(FUZZ_TARGETS)
endif

# all targets and nothing else; what contrib/fuzz builds and then lists
fuzz-targets: $(FUZZ_TARGETS)
	@echo $(FUZZ_TARGETS) >tests/fuzz/targets
CLEANFILES += tests/fuzz/targets
.PHONY: fuzz-targets

# what stands in the programs, not in the library
tests_fuzz_mta_fuzz_SOURCES = %D%/mta_fuzz.c milter/mta/collect.c milter/mta/frames.c
tests_fuzz_csv_fuzz_SOURCES = %D%/csv_fuzz.c
tests_fuzz_csv_fuzz_LDADD = $(LDADD)
tests_fuzz_pages_fuzz_SOURCES = %D%/pages_fuzz.c
tests_fuzz_pages_fuzz_LDADD = milter/libweb.a $(LDADD)
