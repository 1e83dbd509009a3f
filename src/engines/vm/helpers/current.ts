// Who and where: the current task, its cgroup, the CPU.

import { utf8Bytes } from '../../../base/bytes.ts';
import { EINVAL } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { CgroupArray } from '../maps/object-array.ts';
import type { VmHelper } from './helper.ts';
import { mapArgument } from './maps.ts';
import { returnU64 } from './result.ts';

function number64(name: VmHelper['name'], read: (machine: Machine) => bigint, note?: string): VmHelper {
  const call = (machine: Machine): number => returnU64(machine, read(machine));
  return { name, parameters: [], result: 'i64', call, ...(note !== undefined && { note }) };
}

const halves = (high: number, low: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

export const getCurrentPidTgid = number64('get_current_pid_tgid', ({ event: { task } }) => halves(task.pid, task.tid));
export const getCurrentUidGid = number64('get_current_uid_gid', ({ event: { task } }) => halves(task.gid, task.uid));
export const getCurrentCgroupId = number64('get_current_cgroup_id', ({ event: { task } }) => task.cgroupId ?? 0n);
const taskNote = 'The address that the event gives, 0 without one.';
export const getCurrentTask = number64('get_current_task', ({ event: { task } }) => task.address ?? 0n, taskNote);
export const getCurrentTaskBtf = number64(
  'get_current_task_btf',
  ({ event: { task } }) => task.address ?? 0n,
  taskNote,
);
export const getSmpProcessorId = number64('get_smp_processor_id', (machine) => BigInt(machine.cpu));
export const getNumaNodeId = number64('get_numa_node_id', () => 0n);
export const getPrandomU32 = number64('get_prandom_u32', (machine) => BigInt(machine.random()));

export const getCurrentAncestorCgroupId: VmHelper = {
  name: 'get_current_ancestor_cgroup_id',
  parameters: ['i32'],
  result: 'i64',
  call: (machine, level) => returnU64(machine, machine.event.task.cgroupPath?.[level] ?? 0n),
};

/** TASK_COMM_LEN. */
const COMM_BYTES = 16;

export const getCurrentComm: VmHelper = {
  name: 'get_current_comm',
  parameters: ['pointer', 'i32'],
  result: 'i32',
  call: ({ memory, event }, to, size) => {
    const comm = utf8Bytes(event.task.comm).subarray(0, Math.min(COMM_BYTES, size >>> 0) - 1);
    memory.u8.fill(0, to, to + (size >>> 0));
    memory.write(to, comm);
    return 0;
  },
};

/** struct bpf_pidns_info: u32 pid, u32 tgid. */
export const getNsCurrentPidTgid: VmHelper = {
  name: 'get_ns_current_pid_tgid',
  note: 'Every device and inode is taken for the namespace of the event.',
  parameters: ['i64', 'i64', 'pointer', 'i32'],
  result: 'i32',
  call: ({ memory, event: { task } }, _device, _deviceHigh, _inode, _inodeHigh, to, size) => {
    if (size !== 8) {
      memory.u8.fill(0, to!, to! + (size! >>> 0));
      return -EINVAL;
    }
    memory.setU32(to!, task.namespaceTid ?? task.tid);
    memory.setU32(to! + 4, task.namespacePid ?? task.pid);
    return 0;
  },
};

export const currentTaskUnderCgroup: VmHelper = {
  name: 'current_task_under_cgroup',
  parameters: ['pointer', 'i32'],
  result: 'i32',
  call: (machine, map, index) => {
    const array = mapArgument(machine, map);
    if (!(array instanceof CgroupArray)) return -EINVAL;
    if (index >>> 0 >= array.spec.maxEntries) return -7;
    const cgroup = array.cgroup(index >>> 0);
    if (cgroup === undefined) return -11;
    const { cgroupId, cgroupPath = [] } = machine.event.task;
    return cgroupId === BigInt(cgroup) || cgroupPath.includes(BigInt(cgroup)) ? 1 : 0;
  },
};
