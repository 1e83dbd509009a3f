// Conditions of jumps.

import { Class, classOf, type Instruction, Jump, operationOf } from '../../../isa/index.ts';
import { Control } from '../layout.ts';
import { pushSource } from './alu.ts';
import type { FunctionCode } from './registers.ts';
import { Op, ValueType } from './wasm/opcode.ts';

interface Comparison {
  readonly narrow: number;
  readonly wide: number;
  /** The comparison that holds when this one does not. */
  readonly opposite: number;
}

const comparisons: Readonly<Record<number, Comparison>> = {
  [Jump.JEQ]: { narrow: Op.I32_EQ, wide: Op.I64_EQ, opposite: Jump.JNE },
  [Jump.JNE]: { narrow: Op.I32_NE, wide: Op.I64_NE, opposite: Jump.JEQ },
  [Jump.JGT]: { narrow: Op.I32_GT_U, wide: Op.I64_GT_U, opposite: Jump.JLE },
  [Jump.JGE]: { narrow: Op.I32_GE_U, wide: Op.I64_GE_U, opposite: Jump.JLT },
  [Jump.JLT]: { narrow: Op.I32_LT_U, wide: Op.I64_LT_U, opposite: Jump.JGE },
  [Jump.JLE]: { narrow: Op.I32_LE_U, wide: Op.I64_LE_U, opposite: Jump.JGT },
  [Jump.JSGT]: { narrow: Op.I32_GT_S, wide: Op.I64_GT_S, opposite: Jump.JSLE },
  [Jump.JSGE]: { narrow: Op.I32_GE_S, wide: Op.I64_GE_S, opposite: Jump.JSLT },
  [Jump.JSLT]: { narrow: Op.I32_LT_S, wide: Op.I64_LT_S, opposite: Jump.JSGE },
  [Jump.JSLE]: { narrow: Op.I32_LE_S, wide: Op.I64_LE_S, opposite: Jump.JSGT },
};

/** Leaves on the stack whether the jump is taken (`negated`: is not taken). */
export function writeCondition(f: FunctionCode, instruction: Instruction, negated: boolean): void {
  const { code, dst } = instruction;
  const wide = classOf(code) === Class.JMP;
  const operation = operationOf(code);
  if (operation === Jump.JCOND) {
    writeMayGoto(f, negated);
    return;
  }
  if (wide) f.push(dst);
  else f.push32(dst);
  pushSource(f, instruction, wide);
  if (operation === Jump.JSET) {
    f.code.op(wide ? Op.I64_AND : Op.I32_AND);
    f.code.op(wide ? Op.I64_EQZ : Op.I32_EQZ);
    if (!negated) f.code.op(Op.I32_EQZ);
    return;
  }
  const comparison = comparisons[operation]!;
  const held = negated ? comparisons[comparison.opposite]! : comparison;
  f.code.op(wide ? held.wide : held.narrow);
}

/** Taken when the run's budget is used up; each time that it is not costs one. */
function writeMayGoto(f: FunctionCode, negated: boolean): void {
  const { code } = f;
  const budget = f.scratch('may_goto', ValueType.I64);
  code.i32(0);
  code.access(Op.I64_LOAD, Control.MAY_GOTO);
  code.tee(budget);
  code.op(Op.I64_EQZ);
  code.open(Op.IF, ValueType.I32);
  code.i32(negated ? 0 : 1);
  code.op(Op.ELSE);
  code.i32(0);
  code.get(budget);
  code.i64(1);
  code.op(Op.I64_SUB);
  code.access(Op.I64_STORE, Control.MAY_GOTO);
  code.i32(negated ? 1 : 0);
  code.end();
}
