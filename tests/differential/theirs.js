#!/usr/bin/env node
/*
 * theirs.js MODULES FOLDER < CASES.jsonl - what mailauth, found in MODULES,
 * says of the same cases as ours.c: one line of JSON each.
 *
 * DNS comes from the case's "zone": owner name -> {TYPE: [value, …]}, or
 * "SERVFAIL", "TIMEOUT".  Everything is as strict as mailauth can be.
 */
'use strict';

const fs = require('fs');
const net = require('net');
const path = require('path');
const readline = require('readline');
const { createRequire } = require('module');

const [modules, folder] = process.argv.slice(2);
/* its parts rather than the whole, which also loads an HTTP client for a newer Node */
const mailauth = createRequire(path.join(path.resolve(modules), 'x.js'));
const { dkimVerify } = mailauth('mailauth/lib/dkim/verify');
const { spf } = mailauth('mailauth/lib/spf');
const { arc } = mailauth('mailauth/lib/arc');
const { evaluateDmarc } = mailauth('mailauth/lib/dmarc');

function dnsError(code, name) {
    return Object.assign(new Error(`${code} ${name}`), { code });
}

/* RFC 1034 section 4.3.2 and RFC 4592 over one flat zone */
class Zone {
    constructor(records) {
        this.node = new Map();
        this.above = new Set(); // every ancestor of a name, so that empty non-terminals exist
        for (const [owner, content] of Object.entries(records)) {
            const name = owner.toLowerCase();
            this.node.set(name, content);
            for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
                this.above.add(name.slice(dot + 1));
            }
        }
    }

    exists(name) {
        return this.node.has(name) || this.above.has(name);
    }

    /* the content at `name`: its own, a wildcard's, {} for an empty non-terminal, null for none */
    find(name) {
        if (this.node.has(name)) return this.node.get(name);
        if (this.above.has(name)) return {};
        for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            const encloser = name.slice(dot + 1);
            if (this.node.has(`*.${encloser}`)) return this.node.get(`*.${encloser}`);
            if (this.exists(encloser)) return null;
        }
        return this.node.has('*') ? this.node.get('*') : null;
    }

    resolve(question, type) {
        let name = question.toLowerCase().replace(/\.$/, '');
        for (let hops = 0; hops < 9; hops++) {
            if (name.length > 253 || name.split('.').some(label => label.length < 1 || label.length > 63)) {
                throw dnsError('EBADNAME', question);
            }
            const content = this.find(name);
            if (content === null) throw dnsError('ENOTFOUND', question);
            if (content === 'SERVFAIL') throw dnsError('ESERVFAIL', question);
            if (content === 'TIMEOUT') throw dnsError('ETIMEOUT', question);
            if (content.CNAME && type !== 'CNAME') {
                name = content.CNAME[0].toLowerCase();
                continue;
            }
            if (!content[type]) throw dnsError('ENODATA', question);
            return content[type].map(value => this.shape(value, type));
        }
        throw dnsError('ESERVFAIL', question);
    }

    /* as the functions of node:dns shape it */
    shape(value, type) {
        if (type === 'TXT') return Array.isArray(value) ? value : [value];
        if (type === 'MX') return { priority: value[0], exchange: value[1] };
        return value;
    }
}

/* the way its authenticate() puts the parts together */
async function evaluate(c) {
    const zone = new Zone(c.zone);
    const resolver = async (name, type) => zone.resolve(name, type);
    const strict = true;
    const dkim = await dkimVerify(fs.readFileSync(path.join(folder, `${c.id}.eml`)), { resolver, sender: c.from, strict });
    const helo = net.isIP(c.helo) ? `[${c.helo}]` : c.helo;
    const spfFound = await spf({ ip: c.ip, helo, sender: c.from, mta: 'mx.receiver.example', resolver, strict });
    const arcFound = await arc(dkim.arc, { resolver, strict, ip: c.ip });
    const passed = dkim.results.filter(r => r.status.result === 'pass');
    const dmarc = await evaluateDmarc({
        headerFrom: dkim.headerFrom,
        fromFields: dkim.fromFields,
        spfDomains: spfFound.status.result === 'pass' ? [spfFound.domain] : [],
        dkimDomains: passed.map(r => ({ id: r.id, domain: r.signingDomain, underSized: r.status.underSized })),
        arcResult: arcFound,
        resolver,
        strict
    });
    return { dkim, spf: spfFound, arc: arcFound, dmarc };
}

function dmarcAnswer({ response, reason }) {
    if (!response) return { result: 'skipped', comment: reason || '' };
    return {
        result: response.status.result,
        author: response.status.header.from,
        org: response.domain || '',
        at: response.policyDomain || '',
        policy: response.policy || '',
        spf: response.alignment?.spf.result ? 'yes' : 'no',
        dkim: response.alignment?.dkim.result ? 'yes' : 'no',
        comment: response.error || ''
    };
}

async function run(c) {
    const found = await evaluate(c);
    const signatures = found.dkim.results.filter(r => r.status.result !== 'none');
    return {
        spf: { result: found.spf.status.result, explanation: found.spf.explanation || '', comment: found.spf.status.comment || '' },
        dkim: signatures.map(r => ({
            result: r.status.result,
            domain: r.signingDomain || '',
            selector: r.selector || '',
            comment: r.status.comment || r.status.policy?.['dkim-rules'] || ''
        })),
        arc: { result: found.arc ? found.arc.status.result : 'none', comment: (found.arc && found.arc.status.comment) || '' },
        dmarc: dmarcAnswer(found.dmarc)
    };
}

(async () => {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const c = JSON.parse(line);
        let answer;
        try {
            answer = await run(c);
        } catch (err) {
            answer = { error: `${err.message} ${err.stack.split('\n')[1]}` };
        }
        process.stdout.write(`${JSON.stringify(Object.assign({ id: c.id }, answer))}\n`);
    }
})();
