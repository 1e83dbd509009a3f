// Redirects: the return code says that the packet goes elsewhere, and the machine keeps where.

import { EINVAL } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { RedirectMap } from '../maps/redirect-map.ts';
import type { VmHelper } from './helper.ts';
import { mapArgument } from './maps.ts';

const XDP_ABORTED = 0;
const XDP_REDIRECT = 4;
const TC_ACT_SHOT = 2;
const TC_ACT_REDIRECT = 7;
const INGRESS = 1;

export const redirect: VmHelper = {
  name: 'redirect',
  parameters: ['i32', 'i64'],
  result: 'i32',
  call: (machine, ifindex, flags, high) => {
    const isXdp = machine.program?.kind === 'xdp';
    if (high !== 0 || (flags! & ~(isXdp ? 0 : INGRESS)) !== 0) return isXdp ? XDP_ABORTED : TC_ACT_SHOT;
    machine.redirect = { ifindex: ifindex! >>> 0, flags: flags! };
    return isXdp ? XDP_REDIRECT : TC_ACT_REDIRECT;
  },
};

function fromTrafficControl(name: VmHelper['name'], parameters: VmHelper['parameters']): VmHelper {
  return {
    name,
    parameters,
    result: 'i32',
    call: (machine, ifindex, ...rest) => {
      if (rest.at(-1) !== 0 || rest.at(-2) !== 0) return TC_ACT_SHOT;
      machine.redirect = { ifindex: ifindex! >>> 0, flags: 0 };
      return TC_ACT_REDIRECT;
    },
  };
}

export const redirectPeer = fromTrafficControl('redirect_peer', ['i32', 'i64']);
export const redirectNeigh = fromTrafficControl('redirect_neigh', ['i32', 'pointer', 'i32', 'i64']);

/** Flags of broadcasts: BPF_F_BROADCAST and BPF_F_EXCLUDE_INGRESS, for device maps only. */
const BROADCAST = 8;
const EXCLUDE_INGRESS = 16;

export const redirectMap: VmHelper = {
  name: 'redirect_map',
  note: 'The chosen key is kept as the interface index.',
  parameters: ['pointer', 'i64', 'i64'],
  result: 'i32',
  call: (machine: Machine, address, key, keyHigh, flags, flagsHigh) => {
    const map = mapArgument(machine, address);
    const isDevices = map.spec.kind.startsWith('devmap');
    const fallback = flags! & 3;
    const known = 3 | (isDevices ? BROADCAST | EXCLUDE_INGRESS : 0);
    if (!(map instanceof RedirectMap) || flagsHigh !== 0 || (flags! & ~known) !== 0) return XDP_ABORTED;
    const everywhere = isDevices && (flags! & BROADCAST) !== 0;
    if (!everywhere && (keyHigh !== 0 || !map.has(key!))) return fallback;
    machine.redirect = { ifindex: key! >>> 0, flags: flags! };
    return XDP_REDIRECT;
  },
};

export const cloneRedirect: VmHelper = {
  name: 'clone_redirect',
  note: '-EINVAL: there is no interface to send a copy to.',
  parameters: ['pointer', 'i32', 'i64'],
  result: 'i32',
  call: () => -EINVAL,
};
