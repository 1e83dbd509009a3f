// `beetrace filter` as people type it, on a capture file made by hand. Nothing here needs privileges.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beetrace, root } from '../support/beetrace.ts';

const unbuilt = existsSync(join(root, 'dist/bin/beetrace.js')) ? undefined : 'dist/ is not built';
if (unbuilt) process.stderr.write(`skipped: filter: ${unbuilt}\n`);

let folder = '';
const file = (name: string): string => join(folder, name);

const ETHERNET = '020000000002020000000001';
const UDP = `${ETHERNET}08004500001c00004000401100000a0000010a0000020035138800080000`;
const ARP = `${ETHERNET}080600010800060400010200000000010a0000010000000000000a000002`;

/** A capture file with microseconds, little-endian, of Ethernet. */
function capture(frames: readonly string[]): Buffer {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const packets = frames.map((hex, index) => {
    const bytes = Buffer.from(hex, 'hex');
    const head = Buffer.alloc(16);
    for (const [at, value] of [index + 1, 5, bytes.length, bytes.length].entries()) head.writeUInt32LE(value, at * 4);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([header, ...packets]);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'beetrace-e2e-filter-'));
  writeFileSync(file('in.pcap'), capture([UDP, ARP]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(unbuilt)(`beetrace filter${unbuilt ? ` (${unbuilt})` : ''}`, () => {
  test('prints a program in its forms', async () => {
    expect((await beetrace(['filter', 'arp'])).stdout).toBe(
      '(000) ldh      [12]\n(001) jeq      #0x806           jt 2\tjf 3\n(002) ret      #262144\n(003) ret      #0\n',
    );
    expect((await beetrace(['filter', '-ddd', '-y', 'RAW', '-s', '96', 'ip6'])).stdout).toMatch(
      /^5\n48 0 0 0\n.*6 0 0 96\n/s,
    );
    expect((await beetrace(['filter', 'udp', 'port', '53', '--ebpf'])).stdout).toContain('r0 = *(u16 *)skb[12]');
  });

  test('filters a file to lines and to a file', async () => {
    const lines = await beetrace(['filter', 'udp or arp', '-r', file('in.pcap')]);
    expect(lines).toMatchObject({ code: 0, stderr: '' });
    expect(lines.stdout.replace(/^\S+ /gm, '')).toBe(
      'IP 10.0.0.1.53 > 10.0.0.2.5000: UDP, length 0\nARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n',
    );
    expect((await beetrace(['filter', 'arp', '-r', file('in.pcap'), '-w', file('out.pcap')])).code).toBe(0);
    const written = readFileSync(file('out.pcap'));
    expect(written.subarray(24 + 16).toString('hex')).toBe(ARP);
    const again = await beetrace(['filter', '', '-c', '1', '-r', file('out.pcap')]);
    expect(again.stdout).toContain('ARP, Request');
  });

  test('says what is wrong, and where', async () => {
    const wrong = await beetrace(['filter', 'tcp prot 80']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("not the name 'prot'\ntcp prot 80\n    ~~~~\n");
    expect((await beetrace(['filter', 'ip', '-y', 'ETHRNET'])).stderr).toContain('There is no link type ETHRNET.');
    expect((await beetrace(['filter', 'ip', '-r', file('none')])).stderr).toContain('No such file or directory');
    expect((await beetrace(['filter', 'ip', '-i', 'no-such-if'])).stderr).toContain(
      'There is no interface no-such-if.',
    );
    expect((await beetrace(['filter', 'ip', '-Z'])).stderr).toContain('Unknown option -Z.');
    expect((await beetrace(['filter', 'ip', '-r', 'a', '-i', 'b'])).stderr).toContain('cannot be given together');
  });
});
