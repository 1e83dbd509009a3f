// The way that led to the current state, kept only where it was not a plain advance: what precision is followed back
// through, and what explanations are told from.

import type { Environment } from './environment.ts';
import type { State, Step } from './state.ts';

function lastStep(env: Environment): Step | undefined {
  const { steps } = env.state;
  const last = steps[steps.length - 1];
  return last !== undefined && last.index === env.instruction ? last : undefined;
}

/** Remembers that the current instruction was reached by a jump. */
export function pushJumpStep(env: Environment): void {
  env.state.steps.push({ index: env.instruction, previous: env.previous, frame: -1, slot: -1, linked: undefined });
}

/** Remembers that the current instruction spills to or fills from a slot. */
export function pushStackStep(env: Environment, frame: number, slot: number): void {
  const last = lastStep(env);
  if (last && last.frame < 0) {
    env.state.steps[env.state.steps.length - 1] = { ...last, frame, slot };
    return;
  }
  env.state.steps.push({ index: env.instruction, previous: env.previous, frame, slot, linked: undefined });
}

/** Remembers which registers and slots the current jump narrows together. */
export function pushLinkedStep(env: Environment, linked: readonly number[]): void {
  const last = lastStep(env);
  if (last) env.state.steps[env.state.steps.length - 1] = { ...last, linked };
  else env.state.steps.push({ index: env.instruction, previous: env.previous, frame: -1, slot: -1, linked });
}

/** Walks back over the instructions that led from a stored state to where `state` stands. */
export class BackWalk {
  readonly #state: State;
  index: number;
  #remaining: number;

  constructor(state: State, last: number) {
    this.#state = state;
    this.index = last;
    this.#remaining = state.steps.length;
  }

  /** The step that stands at the current instruction. */
  get step(): Step | undefined {
    const step = this.#state.steps[this.#remaining - 1];
    return step !== undefined && step.index === this.index ? step : undefined;
  }

  /** Goes one instruction back; false when the state's first instruction was reached. */
  back(isSecondSlot: (index: number) => boolean): boolean {
    const { firstInstruction } = this.#state;
    if (this.index === firstInstruction) {
      if (this.#remaining === 0) return false;
      const step = this.#state.steps[0]!;
      if (this.#remaining === 1 && step.index === this.index) return false;
    }
    const step = this.#state.steps[this.#remaining - 1];
    if (step !== undefined && step.index === this.index) {
      this.index = step.previous;
      this.#remaining--;
    } else {
      this.index--;
      if (isSecondSlot(this.index)) this.index--;
    }
    return true;
  }
}
