-- Messages on one connection, one of them aborted, and a connection that breaks off.
function expect(what, got, wanted)
    if got ~= wanted then
        error(what .. ": got " .. tostring(got) .. ", wanted " .. tostring(wanted))
    end
end

function start(conn)
    expect("MAIL", mt.mailfrom(conn, "<a@good.example>"), nil)
    expect("RCPT", mt.rcptto(conn, "<b@here.test>"), nil)
    expect("From", mt.header(conn, "From", " a@good.example"), nil)
end

function finish(conn)
    expect("EOH", mt.eoh(conn), nil)
    expect("body", mt.bodystring(conn, "hello\r\n"), nil)
    expect("end", mt.eom(conn), nil)
    expect("CONTINUE", mt.getreply(conn), SMFIR_CONTINUE)
    expect("inserted", mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results"), true)
end

conn = mt.connect(where, 100, 0.05)
if conn == nil then
    error("cannot connect")
end
expect("CONNECT", mt.conninfo(conn, "mail.good.example", "192.0.2.1"), nil)
expect("HELO", mt.helo(conn, "mail.good.example"), nil)
start(conn)
finish(conn)
start(conn)
expect("abort", mt.abort(conn), nil)
start(conn)
finish(conn)
start(conn)
mt.disconnect(conn, false)
