// Functions of the script: each becomes a subprogram of every program that calls it, made when it is called first.

import type { Instruction } from '../../../compiler/ir.ts';
import { callSubprogram, type Operand, type Subprogram, subprogram } from '../../../compiler/operations/index.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import type { Type } from '../../../image/index.ts';
import type { CheckedProgram } from '../check/program.ts';
import { ProgramLowering, type SharedLowering } from './program.ts';
import { lowerStatements } from './statements.ts';

/** The subprograms of one program. */
export class FunctionTable {
  readonly #checked: ReadonlyMap<string, CheckedProgram>;
  readonly #made = new Map<string, Subprogram>();

  constructor(checked: ReadonlyMap<string, CheckedProgram>) {
    this.#checked = checked;
  }

  call(
    shared: SharedLowering,
    p: ProgramBuilder,
    name: string,
    args: () => readonly Instruction[],
    type: Type,
  ): Operand | undefined {
    const checked = this.#checked.get(name);
    if (!checked) return undefined;
    let made = this.#made.get(name);
    if (!made) {
      made = this.#make(shared, p, checked);
      this.#made.set(name, made);
    }
    return callSubprogram(p, made, args(), type);
  }

  #make(shared: SharedLowering, p: ProgramBuilder, checked: CheckedProgram): Subprogram {
    const { parameters, body } = checked.fn!.node;
    const made = subprogram(p, parameters.length);
    const cx = new ProgramLowering(made.builder, checked, shared);
    made.builder.scope(() => {
      for (const [index, parameter] of parameters.entries()) cx.takeParameter(parameter, made.parameters[index]!);
      lowerStatements(cx, body);
      if (body.value) made.builder.exit(cx.scalar(body.value));
    });
    made.builder.exit();
    return made;
  }
}
