// The numbers of probes: what attachments carry and what the builtin `probe` is.

import type { Instruction } from '../../../compiler/ir.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import type { TypeOf } from '../../../image/index.ts';
import type { Place, ProgramPlan } from '../probes/plan.ts';

export class ProbeNumbers {
  /** In the order of their numbers. */
  readonly names: readonly string[];
  readonly #numbers = new Map<string, number>();

  constructor(plans: readonly ProgramPlan[]) {
    const names: string[] = [];
    for (const name of plans.flatMap((plan) => plan.places.flatMap(namesOf))) {
      if (!this.#numbers.has(name)) this.#numbers.set(name, names.push(name) - 1);
    }
    this.names = names;
  }

  /** The type of `probe`. */
  get type(): TypeOf<'enum'> {
    const values = this.names.map((name, index) => ({ name, value: BigInt(index) }));
    return { kind: 'enum', name: 'probe', size: 4, signed: false, values };
  }

  /** The number of each place of a program. */
  of(plan: ProgramPlan): number[] {
    return plan.places.map((place) => this.#numbers.get(namesOf(place)[0]!)!);
  }

  /** The number of the name that a place has at an index, which is below the number of its names. */
  byIndex(p: ProgramBuilder, place: Place, index: Instruction): Instruction {
    const numbers = namesOf(place).map((name) => this.#numbers.get(name)!);
    const first = numbers[0]!;
    if (numbers.every((number, at) => number === first + at)) return p.b.add(index, first);
    const table = p.module.constant(new Uint8Array(Uint32Array.from(numbers).buffer));
    const bounded = p.b.choose(
      'lt',
      index,
      numbers.length,
      () => index,
      () => p.b.const(0),
    );
    return p.b.load(4, p.b.add(p.b.mapValue(table.map, table.offset), p.b.binary('shl', bounded, 2)), 0);
  }
}

function namesOf(place: Place): readonly string[] {
  return place.names ?? [place.name];
}
