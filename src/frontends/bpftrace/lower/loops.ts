// Loops. Those over maps and long ranges call a function for each round; the variables that their bodies share with what is
// around them are found here.

import type { Variable } from '../../../compiler/builder.ts';
import {
  build,
  type Captured,
  forEachEntry,
  forEachStep,
  forRange,
  type LoopControl,
  problem,
  scalar,
} from '../../../compiler/operations/index.ts';
import type { TypeOf } from '../../../image/index.ts';
import type { BlockExpression, StatementOf } from '../ast.ts';
import type { VariableInfo } from '../check/context.ts';
import { walkExpression } from '../walk.ts';
import type { ProgramLowering } from './program.ts';

export function lowerForMap(cx: ProgramLowering, node: StatementOf<'for-map'>): void {
  const variable = cx.variable(node);
  const type = variable.info.type as TypeOf<'tuple'>;
  const captured = capturedBy(cx, node.body, variable);
  forEachEntry(cx.p, cx.map(node.map), captured, (p, key, value, control) => {
    cx.inside(p, control, () => {
      cx.allocate(variable);
      cx.writeVariable(variable, build(p, type, [key, value]));
      lowerBody(cx, node.body);
    });
  });
}

export function lowerForRange(cx: ProgramLowering, node: StatementOf<'for-range'>): void {
  const variable = cx.variable(node);
  const captured = capturedBy(cx, node.body, variable);
  const from = cx.scalar(node.from);
  const to = cx.scalar(node.to);
  forRange(cx.p, from, to, captured, (p, at, control) => {
    cx.inside(p, control, () => {
      cx.writeVariable(variable, scalar(variable.info.type, at));
      lowerBody(cx, node.body);
    });
  });
}

/** Rounds after which a `while` ends by itself: the verifier walks every one of them. */
const MAX_ROUNDS = 1024;

export function lowerWhile(cx: ProgramLowering, node: StatementOf<'while'>): void {
  forEachStep(cx.p, 0, MAX_ROUNDS + 1, 1, (round, control) => {
    const { b } = cx.p;
    const body = b.block('body');
    const end = b.block('end');
    cx.branch(node.condition, body, end);
    b.enter(end);
    control.break();
    b.enter(body);
    b.if('eq', round, MAX_ROUNDS, () => {
      problem(cx.p, { message: TOO_MANY_ROUNDS });
      control.break();
    });
    cx.inside(cx.p, control, () => lowerBody(cx, node.body));
  });
}

const TOO_MANY_ROUNDS = `A while loop ends after ${MAX_ROUNDS} rounds. This one was left before its condition was false.`;

/** The body again and again; `break` leaves them all. */
export function lowerUnroll(cx: ProgramLowering, node: StatementOf<'unroll'>): void {
  const { b } = cx.p;
  const after = b.block('unrolled');
  const rounds = Number(cx.constantNumber(node.count) ?? 0n);
  for (let round = 0; round < rounds; round++) {
    const next = b.block('next');
    const control: LoopControl = { break: () => b.jump(after), continue: () => b.jump(next) };
    cx.inside(cx.p, control, () => lowerBody(cx, node.body));
    b.jump(next);
    b.enter(next);
  }
  b.jump(after);
  b.enter(after);
}

function lowerBody(cx: ProgramLowering, body: BlockExpression): void {
  cx.p.scope(() => {
    cx.statements(body);
    if (body.value) cx.effect(body.value);
  });
}

/** The variables in registers that a loop's body shares with the code around it. */
function capturedBy(cx: ProgramLowering, body: BlockExpression, own: VariableInfo): Captured {
  const reads = new Set<Variable>();
  const writes = new Set<Variable>();
  const note = (node: object, into: Set<Variable>) => {
    const register = cx.sharedRegister(node, own);
    if (register) into.add(register);
  };
  walkExpression(body, (one) => {
    if (one.kind === 'variable') note(one, reads);
    if (one.kind === 'increment') note(one.target, writes);
    if (one.kind !== 'block') return;
    for (const statement of one.statements) if (statement.kind === 'assign') note(statement.target, writes);
  });
  return { writes: [...writes], reads: [...reads].filter((one) => !writes.has(one)) };
}
