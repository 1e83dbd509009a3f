// The current task as a piece of memory, for programs that look into it (bpf_get_current_task_btf): a struct task_struct of
// which only those fields are there that the Image's programs read, at the offsets that they were given. What an event does not
// tell is zero.

import { utf8Bytes } from '../../../base/bytes.ts';
import type { Btf } from '../../../btf/index.ts';
import type { Image } from '../../../image/index.ts';
import type { CurrentTask } from '../event.ts';
import type { Machine } from '../machine.ts';
import { fieldNumber } from './relocate.ts';

const COMM_BYTES = 16;
/** Room behind the last field for whatever it is. */
const FIELD_BYTES = 64;

type Fields = ReadonlyMap<string, number>;

/** Puts tasks where programs find them. */
export class CurrentTaskMemory {
  readonly #machine: Machine;
  readonly #fields: Fields;
  readonly #task: number;
  readonly #leader: number;
  readonly #parent: number;
  #shown: CurrentTask | undefined;

  constructor(machine: Machine, fields: Fields) {
    this.#machine = machine;
    this.#fields = fields;
    const size = Math.max(...fields.values()) + FIELD_BYTES;
    const allocate = (name: string): number => machine.memory.allocate(size, { kind: 'memory', writable: false, name });
    this.#task = allocate('the current task');
    this.#leader = allocate("the current task's leader");
    this.#parent = allocate("the current task's parent");
  }

  /** The address of a task. */
  show(task: CurrentTask): bigint {
    if (task === this.#shown) return BigInt(this.#task);
    this.#shown = task;
    const parent = task.parent ?? { pid: 0, comm: '' };
    this.#fill(this.#task, task.tid, task.pid, task.comm);
    this.#fill(this.#leader, task.pid, task.pid, task.comm);
    this.#fill(this.#parent, parent.pid, parent.pid, parent.comm);
    return BigInt(this.#task);
  }

  #fill(at: number, pid: number, tgid: number, comm: string): void {
    const { memory } = this.#machine;
    const number = (name: string, value: number): void => {
      const offset = this.#fields.get(name);
      if (offset !== undefined) memory.setU32(at + offset, value);
    };
    number('pid', pid);
    number('tgid', tgid);
    // Pointers: their upper halves are zero.
    number('group_leader', this.#leader);
    number('real_parent', this.#parent);
    number('parent', this.#parent);
    const offset = this.#fields.get('comm');
    if (offset === undefined) return;
    memory.u8.fill(0, at + offset, at + offset + COMM_BYTES);
    memory.write(at + offset, utf8Bytes(comm).subarray(0, COMM_BYTES - 1));
  }
}

/** For an Image whose programs look into tasks; undefined when none does. */
export function makeCurrentTask(machine: Machine, image: Image, btf: Btf | undefined): CurrentTaskMemory | undefined {
  const fields = new Map<string, number>();
  for (const relocation of image.programs.flatMap(({ relocations }) => relocations)) {
    if (relocation.kind !== 'field' || relocation.type !== 'struct task_struct') continue;
    if (relocation.what === 'byte-offset') fields.set(relocation.path, fieldNumber(btf, relocation));
  }
  return fields.size > 0 ? new CurrentTaskMemory(machine, fields) : undefined;
}
