// bpf_snprintf in the kernel and in the vm: which formats are taken, and what they print.

import { describe, expect, test } from 'vitest';
import {
  mapCreate,
  mapFreeze,
  mapLookup,
  mapUpdate,
  programLoad,
  programTestRun,
} from '../../src/engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../src/engines/kernel/sys/native.ts';
import { Machine, runOnce } from '../../src/engines/vm/index.ts';
import {
  Alu,
  alu64Imm,
  callHelper,
  encode,
  exit,
  helperId,
  type Instruction,
  loadImm64,
  loadMapValue,
  mapKindId,
  mov,
  movImm,
  programKindId,
  Size,
  storeMem,
} from '../../src/isa/index.ts';
import { whyNoBpf } from '../support/beetrace.ts';

const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: formats in the vm against the kernel: ${reason}\n`);

const FORMAT_BYTES = 64;
const TEXT = 64;
const VALUE = 128;
const OUT = 96;

/** A number, or the address of the text "word" or of 16 bytes of an address. */
type Given = bigint | 'text' | 'bytes';

/** snprintf(out, room, format, data, 8 * given.length) */
function program(room: number, given: readonly Given[], maps: readonly [number, number]): Instruction[] {
  const data = given.flatMap((one, at) => [
    ...(typeof one === 'bigint' ? loadImm64(1, one) : loadMapValue(1, maps[0], one === 'text' ? TEXT : TEXT + 16)),
    storeMem(Size.DW, 10, -8 * (given.length - at), 1),
  ]);
  return [
    ...data,
    ...[...loadMapValue(1, maps[1], 0), movImm(2, room), ...loadMapValue(3, maps[0], 0)],
    ...(given.length === 0 ? [movImm(4, 0)] : [mov(4, 10), alu64Imm(Alu.ADD, 4, -8 * given.length)]),
    movImm(5, 8 * given.length),
    ...[callHelper(helperId('snprintf')), exit()],
  ];
}

function constants(format: string): Uint8Array {
  const bytes = Buffer.alloc(VALUE);
  bytes.write(format, 0, FORMAT_BYTES - 1, 'latin1');
  bytes.write('word', TEXT);
  for (let at = 0; at < 16; at++) bytes[TEXT + 16 + at] = at * 17;
  return bytes;
}

const shapes = {
  constants: { kind: 'array', keySize: 4, valueSize: VALUE, maxEntries: 1, flags: 128 },
  out: { kind: 'array', keySize: 4, valueSize: OUT, maxEntries: 1, flags: 0 },
} as const;

function inVm(format: string, given: readonly Given[], room: number): string {
  const machine = new Machine();
  const value = machine.createMap(shapes.constants);
  const out = machine.createMap(shapes.out);
  value.write(new Uint8Array(4), constants(format));
  const loaded = machine.load({ kind: 'raw_tracepoint', instructions: program(room, given, [value.index, out.index]) });
  const { retval } = runOnce(machine, loaded, { context: new Uint8Array(8), checked: true });
  return shown(retval, out.read(new Uint8Array(4)) as Uint8Array);
}

function inKernel(format: string, given: readonly Given[], room: number): string {
  const sys = nativeSys();
  const make = (spec: (typeof shapes)['constants' | 'out']) => mapCreate(sys, { ...spec, type: mapKindId('array') });
  const fds = [make(shapes.constants), make(shapes.out)] as const;
  mapUpdate(sys, fds[0], new Uint8Array(4), constants(format));
  mapFreeze(sys, fds[0]);
  let loaded: number | undefined;
  try {
    loaded = programLoad(sys, {
      type: programKindId('raw_tracepoint'),
      code: encode(program(room, given, fds)),
      license: 'GPL',
    });
    const { returned } = programTestRun(sys, loaded, { context: new Uint8Array(8) });
    const out = new Uint8Array(OUT);
    mapLookup(sys, fds[1], new Uint8Array(4), out);
    return shown(returned, out);
  } catch {
    // The verifier judges constant formats itself.
    return shown(-22, new Uint8Array(OUT));
  } finally {
    for (const fd of [...fds, ...(loaded === undefined ? [] : [loaded])]) sys.close(fd);
  }
}

function shown(returned: number, out: Uint8Array): string {
  return `${returned | 0}: ${JSON.stringify(Buffer.from(out).toString('latin1').replace(/\0+$/, ''))}`;
}

const numbers = [
  '%d',
  '%i',
  '%u',
  '%x',
  '%X',
  '%ld',
  '%lu',
  '%lx',
  '%llx',
  '%lld',
  '%5d',
  '%05d',
  '%-5d|',
  '%+d',
  '% d',
  '%010lx',
  '%20lld',
  '%-20u|',
  '%lX',
  '%+05d',
  '%0 d',
  '%- 6d|',
];
const values = [0n, 1n, -1n & 0xffffffffffffffffn, 42n, 0x80000000n, 0x123456789abcdefn, 1n << 63n];

const cases: readonly (readonly [string, readonly Given[], number?])[] = [
  ...numbers.flatMap((format) => values.map((value) => [format, [value]] as const)),
  ['plain', []],
  ['100%%', []],
  ['%s and %d', ['text', 5n]],
  ['%10s|', ['text']],
  ['%-10s|', ['text']],
  ['%s!', ['text']],
  ['%sx', ['text']],
  ['%c%c|', [65n, 66n]],
  ['%3c|', [65n]],
  ['%cx', [65n]],
  ['%pks', ['text']],
  ['%pi4', ['bytes']],
  ['%pI4', ['bytes']],
  ['%pi6', ['bytes']],
  ['%pI6', ['bytes']],
  ['%pI4 ok', ['bytes']],
  ['%pI4x', ['bytes']],
  ['%pI5', ['bytes']],
  ['%px', [0x1234n]],
  ['%px', [0xffff888012345678n]],
  ['%d', []],
  ['%d', [1n, 2n]],
  ['%d %d', [1n]],
  ['%', []],
  ['%l', [1n]],
  ['%o', [1n]],
  ['%f', [1n]],
  ['%hd', [1n]],
  ['%lls', ['text']],
  ['%.3d', [1n]],
  ['%.2s', ['text']],
  ['%*d', [1n]],
  ['%#x', [1n]],
  ['%zd', [1n]],
  ['tab\t newline\n', []],
  ['\x01', []],
  ['é', []],
  ['%s', [0n]],
  ['%d cut here', [12345n], 4],
  ['%d cut here', [12345n], 1],
  ['abc', [], 3],
  ['abc', [], 4],
];

describe.skipIf(reason)('formats', () => {
  test.each(
    cases.map(
      ([format, given, room = OUT]) =>
        [`${JSON.stringify(format)} ${given.join(' ')} ${room}`, format, given, room] as const,
    ),
  )('%s', (_, format, given, room) => {
    expect(inVm(format, given, room)).toBe(inKernel(format, given, room));
  });
});
