// The variables of one probe by block. A variable belongs to the node that declares it, so that its type survives from
// one round of the checker to the next.

import type { Span } from '../../../base/source.ts';
import type { VariableInfo } from './context.ts';
import type { TypeInfo } from './types.ts';

/** The statement or expression that declares a variable. */
type Declaration = object;

export class Scopes {
  readonly #declared = new Map<Declaration, VariableInfo>();
  #stack: Map<string, VariableInfo>[] = [new Map()];

  /** Starts another round. */
  reset(): void {
    this.#stack = [new Map()];
    for (const variable of this.#declared.values()) variable.assigned = false;
  }

  /** Runs a block in a scope of its own. */
  inside<T>(run: () => T): T {
    this.#stack.push(new Map());
    try {
      return run();
    } finally {
      this.#stack.pop();
    }
  }

  find(name: string): VariableInfo | undefined {
    for (let at = this.#stack.length - 1; at >= 0; at--) {
      const variable = this.#stack[at]!.get(name);
      if (variable) return variable;
    }
    return undefined;
  }

  /** Declares a variable in the innermost scope. */
  declare(
    node: Declaration,
    name: string,
    span: Span,
    info: TypeInfo,
    options: Partial<VariableInfo> = {},
  ): VariableInfo {
    let variable = this.#declared.get(node);
    if (!variable) {
      variable = { name, span, info, declared: false, readOnly: false, assigned: false, ...options };
      this.#declared.set(node, variable);
    }
    this.#stack.at(-1)!.set(name, variable);
    return variable;
  }

  /** The names that can be used here. */
  *names(): Generator<string> {
    for (const scope of this.#stack) yield* scope.keys();
  }
}
