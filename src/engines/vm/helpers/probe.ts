// What a program asks about the probe that it runs at, and does to the traced process.

import { EINVAL, ENOENT, EOPNOTSUPP } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { type VmHelper, wide } from './helper.ts';
import { returnU64 } from './result.ts';

export const getAttachCookie: VmHelper = {
  name: 'get_attach_cookie',
  parameters: ['i64'],
  result: 'i64',
  call: (machine) => returnU64(machine, machine.event.cookie ?? 0n),
};

export const getFuncIp: VmHelper = {
  name: 'get_func_ip',
  parameters: ['i64'],
  result: 'i64',
  call: (machine) => returnU64(machine, machine.event.functionAddress ?? 0n),
};

/** Highest signal, _NSIG. */
const LAST_SIGNAL = 64;

function signal(name: VmHelper['name'], target: 'process' | 'thread'): VmHelper {
  return {
    name,
    parameters: ['i32'],
    result: 'i32',
    call: ({ host }, number) => (number < 0 || number > LAST_SIGNAL ? -EINVAL : host.signal(number, target)),
  };
}

export const sendSignal = signal('send_signal', 'process');
export const sendSignalThread = signal('send_signal_thread', 'thread');

export const overrideReturn: VmHelper = {
  name: 'override_return',
  parameters: ['i64', 'i64'],
  result: 'i32',
  call: ({ host }, _context, _contextHigh, low, high) => {
    host.overrideReturn(wide(low!, high!));
    return 0;
  },
};

// ---- arguments of traced functions: the context of fentry and fexit programs is u64 arguments, then the result

export const getFuncArg: VmHelper = {
  name: 'get_func_arg',
  parameters: ['pointer', 'i32', 'pointer'],
  result: 'i32',
  call: ({ memory, event }, context, index, to) => {
    if (index >>> 0 >= (event.argumentCount ?? 0)) return -EINVAL;
    memory.setU64(to!, memory.getU64(context + (index >>> 0) * 8));
    return 0;
  },
};

const WITH_RESULT: ReadonlySet<string | undefined> = new Set(['trace_fexit', 'modify_return']);

export const getFuncRet: VmHelper = {
  name: 'get_func_ret',
  note: '-EOPNOTSUPP in programs that run before the function.',
  parameters: ['pointer', 'pointer'],
  result: 'i32',
  call: ({ memory, event, program }, context, to) => {
    if (!WITH_RESULT.has(program?.attachKind)) return -EOPNOTSUPP;
    memory.setU64(to, memory.getU64(context + (event.argumentCount ?? 0) * 8));
    return 0;
  },
};

export const getFuncArgCnt: VmHelper = {
  name: 'get_func_arg_cnt',
  parameters: ['pointer'],
  result: 'i64',
  call: (machine: Machine) => returnU64(machine, BigInt(machine.event.argumentCount ?? 0)),
};

export const taskPtRegs: VmHelper = {
  name: 'task_pt_regs',
  note: 'NULL: where a task keeps its registers only the kernel knows.',
  parameters: ['i64'],
  result: 'pointer',
  call: () => 0,
};

export const findVma: VmHelper = {
  name: 'find_vma',
  note: '-ENOENT: no mappings are known.',
  parameters: ['i64', 'i64', 'i64', 'i64', 'i64'],
  result: 'i32',
  call: () => -ENOENT,
};
