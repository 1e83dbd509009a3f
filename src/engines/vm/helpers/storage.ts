// Values that belong to tasks, sockets, inodes and cgroups. The object is known by the address that the program has of it.

import { EINVAL } from '../errno.ts';
import { CgroupStorage } from '../maps/cgroup-storage.ts';
import { LocalStorage } from '../maps/local-storage.ts';
import { type VmHelper, wide } from './helper.ts';
import { mapArgument } from './maps.ts';

/** BPF_LOCAL_STORAGE_GET_F_CREATE */
const CREATE = 1;

function getter(name: VmHelper['name']): VmHelper {
  return {
    name,
    parameters: ['pointer', 'i64', 'pointer', 'i64'],
    result: 'pointer',
    call: (machine, address, low, high, initial, flags, flagsHigh) => {
      const map = mapArgument(machine, address!);
      if (!(map instanceof LocalStorage) || flagsHigh !== 0 || (flags! & ~CREATE) !== 0) return 0;
      return map.valueFor(wide(low!, high!), flags === CREATE, initial!);
    },
  };
}

function deleter(name: VmHelper['name']): VmHelper {
  return {
    name,
    parameters: ['pointer', 'i64'],
    result: 'i32',
    call: (machine, address, low, high) => {
      const map = mapArgument(machine, address);
      const object = wide(low, high!);
      return map instanceof LocalStorage && object !== 0n ? map.forget(object) : -EINVAL;
    },
  };
}

export const taskStorageGet = getter('task_storage_get');
export const taskStorageDelete = deleter('task_storage_delete');
export const skStorageGet = getter('sk_storage_get');
export const skStorageDelete = deleter('sk_storage_delete');
export const inodeStorageGet = getter('inode_storage_get');
export const inodeStorageDelete = deleter('inode_storage_delete');
export const cgrpStorageGet = getter('cgrp_storage_get');
export const cgrpStorageDelete = deleter('cgrp_storage_delete');

/** The value of the cgroup of the event. */
export const getLocalStorage: VmHelper = {
  name: 'get_local_storage',
  parameters: ['pointer', 'i64'],
  result: 'pointer',
  call: (machine, address) => {
    const map = mapArgument(machine, address);
    return map instanceof CgroupStorage ? map.valueFor(machine.event.task.cgroupId ?? 0n) : 0;
  },
};
