// watchpoint: reads, writes or execution of an address, with the breakpoint registers of the processor.

import { type ProbeInput, probeKind } from './kind.ts';
import { partInteger, wrongParts } from './parts.ts';

interface Target {
  readonly address: bigint;
  readonly length: 1 | 2 | 4 | 8;
  readonly mode: string;
}

const LENGTHS = [1, 2, 4, 8] as const;
/** x86 has no breakpoint on reads alone (arch/x86/kernel/hw_breakpoint.c). */
const MODES = ['w', 'rw', 'x'] as const;
const shape = { name: 'watchpoint', forms: ['address:length:mode'] };

export const watchpoint = probeKind<Target>({
  ...shape,
  aliases: ['w'],
  doc: 'Access to an address: length 1, 2, 4 or 8; mode w, rw or x.',
  program: { kind: 'perf_event' },
  space: 'kernel',
  allows: ['ctx', 'reg', 'usermode'],
  returns: 0,
  pidFilter: 'native',
  parse(input) {
    if (input.parts.length !== 3) return wrongParts(shape, input, '3');
    const address = partInteger(input, input.parts[0]!, 'watchpoint address');
    const length = lengthOf(input);
    const mode = modeOf(input);
    if (address === undefined || length === undefined || mode === undefined) return undefined;
    if (isKernelAddress(address) || input.options.targetPid !== undefined || input.options.hasChild) {
      return { address, length, mode };
    }
    input.diagnostics
      .error('attach-point', 'a watchpoint on a user address needs a process', input.span)
      .hint('name it with -p PID or -c COMMAND');
    return undefined;
  },
  match({ address, length, mode }, _env, input) {
    const attach = { kind: 'watchpoint', address, length, mode } as const;
    return [{ name: `watchpoint:${input.rest}`, attach, context: { kind: 'perf-event' }, shared: 'perf' }];
  },
  list: () => [],
});

function lengthOf(input: ProbeInput): Target['length'] | undefined {
  const part = input.parts[1]!;
  const value = partInteger(input, part, 'watchpoint length');
  const length = LENGTHS.find((one) => BigInt(one) === value);
  if (value !== undefined && length === undefined) {
    input.diagnostics.error('attach-point', 'watchpoint length must be one of (1,2,4,8)', part.span);
  }
  return length;
}

function modeOf(input: ProbeInput): string | undefined {
  const part = input.parts[2]!;
  const letters = [...new Set(part.text)].sort().join('');
  if (part.text === '' || /[^rwx]/.test(part.text) || letters.length !== part.text.length) {
    input.diagnostics.error('attach-point', 'watchpoint mode must be combination of (r,w,x)', part.span);
    return undefined;
  }
  const mode = MODES.find((one) => one === letters);
  if (mode === undefined) {
    input.diagnostics
      .error('attach-point', `invalid watchpoint mode: ${part.text}`, part.span)
      .hint(`the processor knows ${MODES.join(', ')}`);
  }
  return mode;
}

function isKernelAddress(address: bigint): boolean {
  return address >= 1n << 63n;
}
