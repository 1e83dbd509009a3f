// Keeps what processes have mapped while they live, so that their addresses still have names when maps are printed at the
// end of a run. Only for Images that record user addresses; the traced process is looked at often, all others once a second.

import { readdirSync, readlinkSync } from 'node:fs';
import type { Image, Type } from '../image/index.ts';

/** Milliseconds between two looks at the traced process, and between two at all others. */
const TARGET_INTERVAL = 100;
const OTHERS_INTERVAL = 1000;
/** A command that was just started may end soon: so often and so long it is looked at closely. */
const START_INTERVAL = 1;
/** Many commands are over before a timer fires: so long nothing is done but to wait for the command to be executed. */
const START_BUSY = 20;
const START_TIME = 250;

export class ProcessWatch {
  readonly #remember: (pid: number) => void;
  readonly #target: number | undefined;
  readonly #seen = new Set<number>();
  #nextTarget = 0;
  #nextOthers = 0;

  /** `target` is the process of -p or -c; without one all processes matter. */
  constructor(remember: (pid: number) => void, target: number | undefined) {
    this.#remember = remember;
    this.#target = target;
  }

  /** Lets the target start and looks at it again and again; returns what ends that early. */
  watchStart(resume: () => void): () => void {
    const target = this.#target;
    if (target === undefined) {
      resume();
      return () => {};
    }
    // The first look is the slowest.
    this.#remember(target);
    const before = programOf(target);
    resume();
    const start = performance.now();
    while (programOf(target) === before && performance.now() < start + START_BUSY);
    this.#remember(target);
    const end = start + START_TIME;
    const timer = setInterval(() => {
      if (performance.now() > end) clearInterval(timer);
      else this.#remember(target);
    }, START_INTERVAL);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** To be called often; looks around only when it is time. */
  look(now = performance.now()): void {
    if (this.#target !== undefined) {
      if (now < this.#nextTarget) return;
      this.#nextTarget = now + TARGET_INTERVAL;
      this.#remember(this.#target);
      return;
    }
    if (now < this.#nextOthers) return;
    this.#nextOthers = now + OTHERS_INTERVAL;
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid) || this.#seen.has(pid)) continue;
      this.#seen.add(pid);
      this.#remember(pid);
    }
  }
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** Whether maps or records of an Image hold addresses in processes. */
export function recordsUserAddresses(image: Image): boolean {
  const inMaps = image.maps.some(({ role }) => {
    if (role.kind !== 'script') return false;
    const types = [role.key, role.value.kind === 'plain' ? role.value.type : undefined];
    return types.some((type) => type !== undefined && hasUserAddress(type));
  });
  return inMaps || image.records.some((record) => record.fields.some(hasUserAddress));
}

function hasUserAddress(type: Type): boolean {
  switch (type.kind) {
    case 'ustack':
    case 'usym':
      return true;
    case 'tuple':
    case 'record':
      return type.fields.some((field) => hasUserAddress(field.type));
    case 'array':
      return hasUserAddress(type.element);
    default:
      return false;
  }
}
