// Loops that call a function for each round: over a range of numbers (bpf_loop, Linux 5.17) and over a map
// (bpf_for_each_map_elem, Linux 5.13). The verifier looks at their body once, not once for each round.
//
// The body is a function of its own. What it shares with the function around it travels in a structure on the caller's
// stack, where pointers keep their types: the frame, the context, how the body left, and the script's variables.

import { isScalar } from '../../image/index.ts';
import type { Variable } from '../builder.ts';
import type { Instruction } from '../ir.ts';
import type { ScriptMap } from '../module.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { joinCpus } from './aggregate.ts';
import { forEachStep, type LoopControl } from './loop.ts';
import { load, memory, type Operand, scalar } from './operand.ts';
import { problem } from './records.ts';

/** The variables in registers that a loop's body uses. Those in scratch space (`local`) need not be named. */
export interface Captured {
  /** Only read in the body. */
  readonly reads: readonly Variable[];
  /** Written in the body, so that they are copied back. */
  readonly writes: readonly Variable[];
}

// The structure: frame, context, 1 when the program ends with the loop, its result, then the variables.
const FRAME = 0;
const CONTEXT = 8;
const LEAVING = 16;
const RESULT = 24;
const VARIABLES = 32;

/** Ranges of up to this many rounds known when compiling are laid out for the verifier to walk. */
const WALKED_ROUNDS = 32;

/**
 * Runs `body` for each number from `from` up to below `to`. The body may be built with another ProgramBuilder, where values
 * of this one mean nothing: what it uses is a variable that is captured, a `local`, or made anew.
 */
export function forRange(
  p: ProgramBuilder,
  from: Instruction,
  to: Instruction,
  captured: Captured,
  body: (q: ProgramBuilder, at: Instruction, control: LoopControl) => void,
): void {
  const { b } = p;
  const first = constantOf(from);
  const end = constantOf(to);
  if (first !== undefined && end !== undefined) {
    if (end <= first) return;
    if (first >= 0n && end - first <= WALKED_ROUNDS) {
      forEachStep(p, Number(first), Number(end), 1, (at, control) => body(p, at, control));
      return;
    }
  }
  b.if('slt', from, to, () => {
    callLoop(
      p,
      'loop-callback',
      captured,
      [from],
      (q, context, control) => {
        const start = q.b.load(8, context.base, VARIABLES);
        body(q, q.b.add(q.b.extend(q.b.argument(0), 4, false), start), control);
      },
      (callback, context) => {
        const rounds = p.call('loop', b.sub(to, from), callback, context, 0);
        // Where the kernel inlines the helper, it sets the lower half of the result alone.
        b.if('slt', b.extend(rounds, 4, true), 0, () =>
          problem(p, { helper: 'loop', message: TOO_MANY_ROUNDS }, b.extend(rounds, 4, true)),
        );
      },
    );
  });
}

/** BPF_MAX_LOOPS, include/linux/bpf.h. */
const TOO_MANY_ROUNDS = 'A range of more than 8388608 numbers cannot be walked. None of its rounds ran.';

function constantOf(value: Instruction): bigint | undefined {
  return value.op === 'const' ? BigInt.asIntN(64, value.value) : undefined;
}

/** Runs `body` for each entry of a keyed map; aggregations are joined over CPUs (Linux 5.19). */
export function forEachEntry(
  p: ProgramBuilder,
  map: ScriptMap,
  captured: Captured,
  body: (q: ProgramBuilder, key: Operand, value: Operand, control: LoopControl) => void,
): void {
  callLoop(
    p,
    'map-callback',
    captured,
    [],
    (q, _context, control) => {
      const key = q.b.argument(1);
      body(q, load(q, map.key!, { base: key, offset: 0 }), entryValue(q, map, key), control);
    },
    (callback, context) => p.call('for_each_map_elem', p.b.map(map.index), callback, context, 0),
  );
}

function entryValue(q: ProgramBuilder, map: ScriptMap, key: Instruction): Operand {
  if (map.value.kind === 'aggregation') return joinCpus(q, map, () => key);
  const { type } = map.value;
  const place: Place = { base: q.b.argument(2), offset: 0 };
  return isScalar(type) ? load(q, type, place) : memory(type, place);
}

function callLoop(
  p: ProgramBuilder,
  shape: 'loop-callback' | 'map-callback',
  captured: Captured,
  extra: readonly Instruction[],
  body: (q: ProgramBuilder, context: Place, control: LoopControl) => void,
  call: (callback: Instruction, context: Instruction) => void,
): void {
  const { b } = p;
  const names = [...captured.writes, ...captured.reads];
  const variables = VARIABLES + extra.length * 8;
  p.scope(() => {
    const context = p.stack(variables + names.length * 8, 'captured');
    b.store(8, context.base, FRAME, p.frame);
    b.store(8, context.base, CONTEXT, p.hasContext ? p.ctx : 0);
    b.store(8, context.base, LEAVING, 0);
    b.store(8, context.base, RESULT, 0);
    extra.forEach((value, index) => {
      b.store(8, context.base, VARIABLES + index * 8, value);
    });
    names.forEach((name, index) => {
      b.store(8, context.base, variables + index * 8, b.read(name));
    });
    const callback = makeCallback(p, shape, captured, variables, body);
    call(b.functionAddress(callback.func), context.base);
    captured.writes.forEach((name, index) => {
      b.write(name, b.load(8, context.base, variables + index * 8));
    });
    if (!callback.leaves) return;
    b.if('ne', b.load(8, context.base, LEAVING), 0, () => p.exit(b.load(8, context.base, RESULT)));
  });
}

function makeCallback(
  p: ProgramBuilder,
  shape: 'loop-callback' | 'map-callback',
  captured: Captured,
  variables: number,
  body: (q: ProgramBuilder, context: Place, control: LoopControl) => void,
): { func: ProgramBuilder['func']; leaves: boolean } {
  const q = p.nested(shape);
  const { b } = q;
  const base = b.argument(shape === 'map-callback' ? 3 : 1);
  const names = [...captured.writes, ...captured.reads];
  q.inherit(b.load(8, base, FRAME), p.hasContext ? b.load(8, base, CONTEXT) : undefined);
  names.forEach((name, index) => {
    b.write(name, b.load(8, base, variables + index * 8));
  });
  const leave = (result: number) => {
    if (b.ended) return;
    captured.writes.forEach((name, index) => {
      b.store(8, base, variables + index * 8, b.read(name));
    });
    b.return(result);
  };
  let leaves = false;
  q.leave = (value) => {
    leaves = true;
    b.store(8, base, LEAVING, 1);
    b.store(8, base, RESULT, value ?? q.exitValue);
    leave(1);
  };
  body(q, { base, offset: 0 }, { break: () => leave(1), continue: () => leave(0) });
  leave(0);
  return { func: q.func, leaves };
}

/** Calls a function of the script with integers; its result is an integer. At most five parameters. */
export interface Subprogram {
  readonly builder: ProgramBuilder;
  readonly parameters: readonly Instruction[];
}

/** Starts a function of the script; the body is built with `builder`, which must return at its end. */
export function subprogram(p: ProgramBuilder, parameters: number): Subprogram {
  const builder = p.nested({ parameters });
  const args = Array.from({ length: parameters }, (_, index) => builder.b.argument(index));
  builder.lookUpFrame();
  builder.leave = (value) => builder.b.return(value ?? 0);
  return { builder, parameters: args };
}

/** Calls a function of the script. */
export function callSubprogram(
  p: ProgramBuilder,
  { builder }: Subprogram,
  args: readonly Instruction[],
  type: Operand['type'],
): Operand {
  return scalar(type, p.b.callFunction(builder.func, ...args));
}
