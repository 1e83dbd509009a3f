// Calls of helpers: whether the program may make them, what they take and what they leave
// (check_helper_call() of kernel/bpf/verifier.c, as of Linux 6.18).

import {
  CALL,
  type Helper,
  helperById,
  helpersOfProgram,
  helperTitle,
  type ProgramKindName,
  type Prototype,
  PseudoCall,
  programKind,
} from '../../../isa/index.ts';
import { type CallArguments, checkArgument, newArguments } from './arguments.ts';
import { enterCallback } from './callback-calls.ts';
import { callbackKind } from './callbacks.ts';
import { placeDynptr, removeDynptr } from './dynptr.ts';
import type { Environment } from './environment.ts';
import { markStackWrite } from './liveness.ts';
import { flagsOf, MapFlag } from './map-access.ts';
import { checkMapKind, isSocketMap } from './map-compatibility.ts';
import { acquire, checkNothingHeld, release } from './references.ts';
import {
  Flag,
  isNull,
  isPacketPointer,
  pointer,
  type Register,
  scalar,
  Type,
  typeName,
  UNINITIALIZED,
  UNKNOWN_SCALAR,
} from './register.ts';
import { Errno, reject } from './rejection.ts';
import { Scalar } from './scalar.ts';
import { fillStack } from './stack.ts';

/** Helpers that may move the packet's bytes: pointers to them are void afterwards (bpf_helper_changes_pkt_data()). */
const changesPacket: ReadonlySet<string> = new Set([
  'skb_vlan_push',
  'skb_vlan_pop',
  'skb_store_bytes',
  'skb_change_proto',
  'skb_change_head',
  'skb_change_tail',
  'skb_adjust_room',
  'skb_pull_data',
  'clone_redirect',
  'l3_csum_replace',
  'l4_csum_replace',
  'xdp_adjust_head',
  'xdp_adjust_meta',
  'xdp_adjust_tail',
  'msg_pull_data',
  'msg_push_data',
  'msg_pop_data',
  'lwt_seg6_store_bytes',
  'lwt_seg6_adjust_srh',
  'lwt_seg6_action',
  'lwt_push_encap',
  'store_hdr_opt',
]);

/** Helpers whose result belongs to the program until it gives it up. */
const acquires: ReadonlySet<string> = new Set(['sk_lookup_tcp', 'sk_lookup_udp', 'skc_lookup_tcp', 'ringbuf_reserve']);

/** Helpers whose result is the socket of the argument under another type. */
const casts: ReadonlySet<string> = new Set([
  'tcp_sock',
  'sk_fullsock',
  'skc_to_tcp_sock',
  'skc_to_tcp6_sock',
  'skc_to_udp6_sock',
  'skc_to_mptcp_sock',
  'skc_to_tcp_timewait_sock',
  'skc_to_tcp_request_sock',
]);

/** Helpers that return a length of at most their size argument, or an error. */
const returnsLength: ReadonlySet<string> = new Set([
  'get_stack',
  'get_task_stack',
  'probe_read_str',
  'probe_read_kernel_str',
  'probe_read_user_str',
]);

const writesMap: ReadonlySet<string> = new Set(['map_delete_elem', 'map_update_elem', 'map_push_elem', 'map_pop_elem']);

const MAX_ERRNO = 4095;
/** The most CPUs that a kernel can have. */
const MAX_CPUS = 8192;

/** Walks over a call of a helper. */
export function checkHelperCall(env: Environment, i: number): void {
  const id = env.imm[i]!;
  const helper = helperById(id);
  if (!helper) {
    const what = id === 0 ? 'program of this type cannot use helper' : 'invalid func';
    reject(Errno.EINVAL, `${what} ${helperTitle(id)}#${id}`);
  }
  checkAvailable(env, helper);
  const prototype = prototypeFor(env, helper);
  if (prototype.gplOnly && !env.gpl) {
    reject(Errno.EINVAL, 'cannot call GPL-restricted function from non-GPL compatible program');
  }
  if (prototype.mightSleep && !env.sleepable) {
    reject(Errno.EINVAL, 'helper call might sleep in a non-sleepable prog');
  }
  checkLocked(env, helper);
  const call = newArguments(helper, prototype);
  for (let n = 0; n < prototype.args.length; n++) checkArgument(env, n, call);
  checkMapWritten(env, helper, call);
  for (const { frame, from, to } of call.fills) fillStack(env, frame, from, to);
  applySpecial(env, helper, call);
  if (call.released !== 0) releaseArgument(env, call);
  if (callbackKind(helper.name)) enterCallback(env, call);
  const cause = env.state.top.registers;
  for (let number = 0; number <= 5; number++) cause[number] = UNINITIALIZED;
  cause[0] = returned(env, helper, call);
  if (call.map >= 0) checkMapKind(env.maps[call.map]!, helper.name, id, env.input.kind);
  if (changesPacket.has(helper.name)) forgetPackets(env);
}

// Helpers that anybody may call; the rest needs CAP_BPF or CAP_PERFMON (bpf_base_func_proto()).
const unprivilegedHelpers: ReadonlySet<string> = new Set([
  'map_lookup_elem',
  'map_update_elem',
  'map_delete_elem',
  'map_push_elem',
  'map_pop_elem',
  'map_peek_elem',
  'get_prandom_u32',
  'get_smp_processor_id',
  'get_numa_node_id',
  'tail_call',
  'ktime_get_ns',
  'ktime_get_boot_ns',
  'ktime_get_coarse_ns',
  'ringbuf_output',
  'ringbuf_reserve',
  'ringbuf_submit',
  'ringbuf_discard',
  'ringbuf_query',
  'strncmp',
  'strtol',
  'strtoul',
  'get_current_pid_tgid',
  'get_ns_current_pid_tgid',
  'skb_load_bytes',
  'skb_load_bytes_relative',
  'get_socket_cookie',
  'get_netns_cookie',
  'get_socket_uid',
  'perf_event_output',
  'skc_to_unix_sock',
  'skc_to_tcp6_sock',
  'skc_to_tcp_sock',
  'skc_to_tcp_timewait_sock',
  'skc_to_tcp_request_sock',
  'skc_to_udp6_sock',
  'skc_to_mptcp_sock',
  'get_local_storage',
  'sk_fullsock',
  'sk_storage_get',
  'sk_storage_delete',
  'skb_cgroup_id',
  'skb_ancestor_cgroup_id',
  'sk_lookup_tcp',
  'sk_lookup_udp',
  'skc_lookup_tcp',
  'tcp_sock',
  'get_listener_sock',
  'skb_ecn_set_ce',
  'map_lookup_percpu_elem',
]);

function checkAvailable(env: Environment, helper: Helper): void {
  const allowed = helpersOfProgram(env.input.kind as ProgramKindName);
  const attached = socketOptionFits(env, helper.name);
  const unprivilegedOk = env.privileged || unprivilegedHelpers.has(helper.name);
  if (allowed?.has(helper.id) && unprivilegedOk && attached) return;
  reject(Errno.EINVAL, `program of this type cannot use helper ${helperTitle(helper.id)}#${helper.id}`);
}

/** A program at one of the two socket option calls may make that call only. */
function socketOptionFits(env: Environment, helper: string): boolean {
  const { kind, attachKind } = env.input;
  if (kind !== 'cgroup_sockopt' || (helper !== 'setsockopt' && helper !== 'getsockopt')) return true;
  return attachKind === `cgroup_${helper}`;
}

/** The prototype as the kind of program has it. */
function prototypeFor(env: Environment, helper: Helper): Prototype {
  const { variants } = helper;
  const { kind } = env.input;
  if (env.sleepable && variants['sleepable']) return variants['sleepable'];
  if (kind === 'perf_event' && variants['perf_event']) return variants['perf_event'];
  if (kind === 'cgroup_sock' && variants['cgroup_sock']) return variants['cgroup_sock'];
  if (kind === 'cgroup_sock_addr' && variants['sock_addr']) return variants['sock_addr'];
  if (kind === 'sk_lookup' && variants['sk_lookup']) return variants['sk_lookup'];
  if (kind === 'cgroup_sockopt' && variants['sk']) return variants['sk'];
  const takesSocket = kind === 'sk_reuseport' && helper.name === 'get_socket_cookie';
  if ((kind === 'tracing' || kind === 'syscall' || takesSocket) && variants['tracing']) return variants['tracing'];
  const seesSkb = kind === 'sched_cls' || kind === 'sched_act' || kind.startsWith('lwt_');
  if (variants['current'] && !seesSkb) return variants['current'];
  return helper.prototype;
}

function checkLocked(env: Environment, helper: Helper): void {
  if (!env.state.lock || helper.name === 'spin_unlock') return;
  if (helper.name === 'spin_lock') reject(Errno.EINVAL, 'Locking two bpf_spin_locks are not allowed');
  reject(Errno.EINVAL, 'function calls are not allowed while holding a lock');
}

function checkMapWritten(env: Environment, helper: Helper, call: CallArguments): void {
  if (!writesMap.has(helper.name) || call.map < 0) return;
  if (flagsOf(env.maps[call.map]!) & MapFlag.RDONLY_PROG) reject(Errno.EACCES, 'write into map forbidden');
}

/** What only one helper does. */
function applySpecial(env: Environment, helper: Helper, call: CallArguments): void {
  switch (helper.name) {
    case 'tail_call':
      if (env.maps[call.map]!.kind !== 'prog_array') {
        reject(Errno.EINVAL, 'expected prog array map for tail call');
      }
      checkNothingHeld(env, 'tail_call');
      if (env.state.frames.some(({ callback }) => callback)) reject(Errno.EINVAL, 'cannot tail call within callback');
      return;
    case 'get_local_storage':
      if (!isNull(env.registers[2]!)) {
        reject(Errno.EINVAL, "get_local_storage() doesn't support non-zero flags", 2);
      }
      return;
    case 'spin_lock':
    case 'spin_unlock':
      changeLock(env, helper.name === 'spin_lock');
      return;
    case 'get_func_ip':
      if (env.input.kind === 'kprobe') return;
      reject(
        Errno.ENOTSUPP,
        `func bpf_get_func_ip#173 not supported for program type ${programKind(env.input.kind)!.id}`,
      );
      return;
    case 'dynptr_from_mem':
      if (env.registers[1]!.type !== Type.MAP_VALUE) {
        const name = typeName(env.registers[1]!.type);
        reject(Errno.EACCES, `Unsupported reg type ${name} for bpf_dynptr_from_mem data`, 1);
      }
      makeDynptr(env, helper, call);
      return;
    case 'ringbuf_reserve_dynptr':
      makeDynptr(env, helper, call);
  }
}

function changeLock(env: Environment, takes: boolean): void {
  const { id, map } = env.registers[1]!;
  const { state } = env;
  if (takes) {
    state.lock = { uid: id, map };
    return;
  }
  if (!state.lock) reject(Errno.EINVAL, 'bpf_spin_unlock without taking a lock');
  if (state.lock.uid !== id || state.lock.map !== map) reject(Errno.EINVAL, 'bpf_spin_unlock of different lock');
  state.lock = undefined;
}

function makeDynptr(env: Environment, helper: Helper, call: CallArguments): void {
  const { frame, slot, kind } = call.dynptr!;
  const id = env.nextId();
  const reference = helper.name === 'ringbuf_reserve_dynptr' ? acquire(env) : 0;
  markStackWrite(env, frame.number, slot);
  markStackWrite(env, frame.number, slot - 1);
  placeDynptr(frame, slot, kind, id, reference);
}

function releaseArgument(env: Environment, call: CallArguments): void {
  const register = env.registers[call.released]!;
  if (call.dynptr) {
    const { frame, slot } = call.dynptr;
    const id = call.dynptrReference;
    removeDynptr(frame, slot);
    if (id !== 0) release(env, id);
    return;
  }
  if (isNull(register)) return;
  if (!env.state.references.some(({ id }) => id === register.reference)) {
    reject(Errno.EINVAL, `R${call.released} reference has not been acquired before`, call.released);
  }
  release(env, register.reference);
}

/** Whether any function of the program may move packet data; what a global one does is not followed at its calls. */
export function mayChangePacket(env: Environment): boolean {
  return env.instructions.some(
    ({ code, src, imm }) =>
      code === CALL && src === PseudoCall.HELPER && changesPacket.has(helperById(imm)?.name ?? ''),
  );
}

/** Pointers into the packet are void. */
export function forgetPackets(env: Environment): void {
  const after = env.privileged ? UNKNOWN_SCALAR : UNINITIALIZED;
  env.state.replaceRegisters((register) =>
    isPacketPointer(register.type) || register.type === Type.PACKET_END ? after : register,
  );
}

function returned(env: Environment, helper: Helper, call: CallArguments): Register {
  const { ret } = call.prototype;
  const flags = (ret.nullable ? Flag.MAYBE_NULL : 0) | (ret.readOnly ? Flag.RDONLY : 0);
  switch (ret.kind) {
    case 'INTEGER':
      return returnedNumber(helper, call);
    case 'VOID':
      return UNINITIALIZED;
    case 'PTR_TO_MAP_VALUE':
      return returnedValue(env, helper, call, flags);
    case 'PTR_TO_SOCKET':
      return owned(env, helper, call, pointer(Type.SOCKET | flags));
    case 'PTR_TO_SOCK_COMMON':
      return owned(env, helper, call, pointer(Type.SOCK_COMMON | flags));
    case 'PTR_TO_TCP_SOCK':
      return owned(env, helper, call, pointer(Type.TCP_SOCK | flags));
    case 'PTR_TO_MEM':
      return returnedMemory(env, helper, call, flags);
    case 'PTR_TO_BTF_ID':
      return owned(
        env,
        helper,
        call,
        pointer(Type.BTF_ID | flags | (ret.trusted ? Flag.TRUSTED : 0), { struct: ret.struct ?? '' }),
      );
    default:
      return reject(Errno.EINVAL, `Helper has invalid btf/btf_id in R1`);
  }
}

/** Maybe NULL: an id to find its copies by. Acquired: a reference. */
function owned(env: Environment, helper: Helper, call: CallArguments, register: Register): Register {
  const id = register.type & Flag.MAYBE_NULL ? env.nextId() : 0;
  if (casts.has(helper.name)) return register.owned(id, call.reference);
  if (helper.name === 'dynptr_data') return register.owned(id, call.dynptrReference);
  // Looking a socket up in a map takes a reference to it.
  const socket = helper.name === 'map_lookup_elem' && isSocketMap(env.maps[call.map]!.kind);
  if (!acquires.has(helper.name) && !socket) return register.withId(id);
  const reference = acquire(env);
  return register.owned(reference, reference);
}

function returnedMemory(env: Environment, helper: Helper, call: CallArguments, flags: number): Register {
  const ring = call.prototype.ret.memory === 'ringbuf' ? Flag.RINGBUF : 0;
  const struct = helper.name === 'dynptr_data' ? 'dynptr-slice' : '';
  const memory = pointer(Type.MEM | flags | ring, { extent: call.memory, struct, uid: call.dynptrId });
  return owned(env, helper, call, memory);
}

function returnedValue(env: Environment, helper: Helper, call: CallArguments, flags: number): Register {
  const map = env.maps[call.map]!;
  const inside = helper.name === 'map_lookup_elem' && call.constantKey >= 0 && call.constantKey < map.maxEntries;
  const type = Type.MAP_VALUE | (inside ? flags & ~Flag.MAYBE_NULL : flags);
  const hasLock = map.special?.some(({ kind }) => kind === 'spin_lock') === true;
  const named = type & Flag.MAYBE_NULL || hasLock;
  if (isSocketMap(map.kind)) return owned(env, helper, call, pointer(type, { map: call.map, uid: call.mapUid }));
  return pointer(type, { map: call.map, uid: call.mapUid, id: named ? env.nextId() : 0 });
}

function returnedNumber(helper: Helper, call: CallArguments): Register {
  if (returnsLength.has(helper.name)) return scalar(between(-MAX_ERRNO, call.sizeMax));
  if (helper.name === 'get_smp_processor_id') return scalar(between(0, MAX_CPUS - 1));
  return UNKNOWN_SCALAR;
}

/** A number of 64 bits between two that are sign-extended. */
export function between(min: number, max: number): Scalar {
  const s = new Scalar();
  s.setSigned(min >> 31, min, max >> 31, max);
  s.smin32 = min;
  s.smax32 = max;
  return s.sync();
}
