// Loops inside a function, bounded so that the verifier can walk them (Linux 5.3).

import type { Block, Condition, Instruction } from '../ir.ts';
import type { ProgramBuilder } from '../program.ts';

/** The ways out of a loop's body. After one of them nothing more is reached in the current block. */
export interface LoopControl {
  /** Leaves the loop. */
  break(): void;
  /** Goes on with the next round. */
  continue(): void;
}

/** Runs `body` for `at` from `from` up to below `to` in steps; the verifier knows `at` in every round. */
export function forEachStep(
  p: ProgramBuilder,
  from: number,
  to: number | Instruction,
  step: number,
  body: (at: Instruction, loop: LoopControl) => void,
): void {
  const { b } = p;
  const counter = b.variable('i');
  b.write(counter, b.const(from));
  loop(
    p,
    () => {
      const at = b.read(counter);
      return { condition: 'lt', a: at, b: to };
    },
    (control) => body(b.read(counter), control),
    () => b.write(counter, b.add(b.read(counter), step)),
  );
}

/** A comparison that decides whether a loop goes on. */
export interface Test {
  readonly condition: Condition;
  readonly a: Instruction;
  readonly b: Instruction | bigint | number;
}

/** Runs `body` while the test holds; `next` runs before every further test, also after `continue`. */
export function loop(
  p: ProgramBuilder,
  test: () => Test,
  body: (control: LoopControl) => void,
  next?: () => void,
): void {
  const { b } = p;
  const head = b.block('loop');
  const inside = b.block('round');
  const step = b.block('next');
  const after = b.block('done');
  const exits: Block[] = [after];
  b.jump(head);
  b.enter(head, true);
  const { condition, a, b: right } = test();
  b.branch(condition, a, right, inside, after);
  b.enter(inside);
  body({ break: () => b.jump(after), continue: () => b.jump(step) });
  b.jump(step);
  b.enter(step);
  next?.();
  b.jump(head);
  b.seal(head);
  b.enter(exits[0]!);
}
