// kstack and ustack: where the program was hit.

import { nearest } from '../../../base/text.ts';
import { kernelStack, type Operand, userStack } from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import type { StackMode, Type, TypeOf } from '../../../image/index.ts';
import type { CheckContext, WordUse } from '../check/context.ts';
import { constantNumber } from '../check/types.ts';
import type { ExpressionWord } from './word.ts';

const DEFAULT_LIMIT = 127;
const MAX_LIMIT = 1024;

function stack(
  name: 'kstack' | 'ustack',
  modes: readonly StackMode[],
  doc: string,
  lower: (p: ProgramBuilder, mode: StackMode, limit: number) => Operand,
): ExpressionWord {
  return {
    name,
    kind: 'value',
    signature: `${name}[([mode][, limit])]`,
    doc,
    args: [0, 2],
    probeOnly: true,
    check: (cx, use) => ({ kind: name, ...shape(cx, use, modes) }) satisfies Type,
    lower(cx, use) {
      const { mode, limit } = cx.type(use.node) as TypeOf<'kstack' | 'ustack'>;
      return lower(cx.p, mode, limit);
    },
  };
}

function shape(cx: CheckContext, use: WordUse, modes: readonly StackMode[]): { mode: StackMode; limit: number } {
  let mode = cx.scope.settings.stackMode;
  let limit = DEFAULT_LIMIT;
  use.args.forEach((node, at) => {
    if (at === 0 && node.kind === 'identifier' && cx.ctypes.constant(node.name) === undefined) {
      mode = modeNamed(cx, use, node, modes) ?? mode;
      return;
    }
    const value = constantNumber(cx.info(node));
    if (value !== undefined && value >= 1n && value <= BigInt(MAX_LIMIT)) limit = Number(value);
    else if (value === undefined) cx.error('stack-limit', `${use.name}() expects a literal limit`, node.span);
    else cx.error('stack-limit', `${use.name}() limit must be 1 to ${MAX_LIMIT} (${value} provided)`, node.span);
  });
  return { mode: mode === 'build_id' && !modes.includes(mode) ? 'bpftrace' : mode, limit };
}

function modeNamed(
  cx: CheckContext,
  use: WordUse,
  node: Extract<WordUse['args'][number], { kind: 'identifier' }>,
  modes: readonly StackMode[],
): StackMode | undefined {
  const mode = modes.find((one) => one === node.name);
  if (mode) return mode;
  const report = cx.error('stack-mode', `Invalid stack mode for ${use.name}(): ${node.name}`, node.span);
  const meant = nearest(node.name, modes);
  report.hint(meant ? `did you mean '${meant}'?` : `the modes are ${modes.join(', ')}`);
  return undefined;
}

export const kstack = stack(
  'kstack',
  ['bpftrace', 'perf', 'raw'],
  "The kernel's stack of calls, at most limit frames (127).",
  kernelStack,
);
export const ustack = stack(
  'ustack',
  ['bpftrace', 'perf', 'raw', 'build_id'],
  "The process's stack of calls, at most limit frames (127).",
  userStack,
);
