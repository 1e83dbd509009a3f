// Helpers by number. tail_call is not among them: runners do it themselves (tail-call.ts).

import { helperId } from '../../../isa/index.ts';
import { absentHelpers } from './absent.ts';
import { csumDiff, csumLevel, csumUpdate, l3CsumReplace, l4CsumReplace } from './checksum.ts';
import { kptrXchg, loop, spinLock, spinUnlock } from './control.ts';
import {
  currentTaskUnderCgroup,
  getCurrentAncestorCgroupId,
  getCurrentCgroupId,
  getCurrentComm,
  getCurrentPidTgid,
  getCurrentTask,
  getCurrentTaskBtf,
  getCurrentUidGid,
  getNsCurrentPidTgid,
  getNumaNodeId,
  getPrandomU32,
  getSmpProcessorId,
} from './current.ts';
import { dynptrData, dynptrFromMem, dynptrRead, dynptrWrite } from './dynptr.ts';
import type { AnyHelper } from './helper.ts';
import {
  forEachMapElem,
  mapDeleteElem,
  mapLookupElem,
  mapLookupPercpuElem,
  mapPeekElem,
  mapPopElem,
  mapPushElem,
  mapUpdateElem,
} from './maps.ts';
import {
  copyFromUser,
  copyFromUserTask,
  probeReadAny,
  probeReadKernel,
  probeReadKernelStr,
  probeReadStr,
  probeReadUser,
  probeReadUserStr,
  probeWriteUser,
} from './memory.ts';
import {
  getBranchSnapshot,
  perfEventOutput,
  perfEventRead,
  perfEventReadValue,
  perfProgReadValue,
  readBranchRecords,
  ringbufDiscard,
  ringbufDiscardDynptr,
  ringbufOutput,
  ringbufQuery,
  ringbufReserve,
  ringbufReserveDynptr,
  ringbufSubmit,
  ringbufSubmitDynptr,
  skbOutput,
  userRingbufDrain,
  xdpOutput,
} from './output.ts';
import {
  findVma,
  getAttachCookie,
  getFuncArg,
  getFuncArgCnt,
  getFuncIp,
  getFuncRet,
  overrideReturn,
  sendSignal,
  sendSignalThread,
  taskPtRegs,
} from './probe.ts';
import { cloneRedirect, redirect, redirectMap, redirectNeigh, redirectPeer } from './redirect.ts';
import {
  getHashRecalc,
  setHash,
  setHashInvalid,
  skbAdjustRoom,
  skbChangeHead,
  skbChangeProto,
  skbChangeTail,
  skbChangeType,
  skbEcnSetCe,
  skbLoadBytes,
  skbLoadBytesRelative,
  skbPullData,
  skbStoreBytes,
  skbVlanPop,
  skbVlanPush,
} from './skb.ts';
import { getStack, getStackid, getTaskStack } from './stack.ts';
import {
  cgrpStorageDelete,
  cgrpStorageGet,
  getLocalStorage,
  inodeStorageDelete,
  inodeStorageGet,
  skStorageDelete,
  skStorageGet,
  taskStorageDelete,
  taskStorageGet,
} from './storage.ts';
import { strncmp, strtol, strtoul } from './strings.ts';
import { seqPrintf, seqPrintfBtf, seqWrite, snprintf, snprintfBtf, tracePrintk, traceVprintk } from './text.ts';
import { jiffies64, ktimeGetBootNs, ktimeGetCoarseNs, ktimeGetNs, ktimeGetTaiNs } from './time.ts';
import { timerCancel, timerInit, timerSetCallback, timerStart } from './timer.ts';
import { xdpAdjustHead, xdpAdjustMeta, xdpAdjustTail, xdpGetBuffLen, xdpLoadBytes, xdpStoreBytes } from './xdp.ts';

/** Every helper that programs can call in the vm. */
export const vmHelpers: readonly AnyHelper[] = [
  ...[mapLookupElem, mapUpdateElem, mapDeleteElem, mapPushElem, mapPopElem, mapPeekElem, mapLookupPercpuElem],
  ...[forEachMapElem, loop, spinLock, spinUnlock, kptrXchg],
  ...[probeReadAny, probeReadUser, probeReadKernel, probeReadStr, probeReadUserStr, probeReadKernelStr],
  ...[copyFromUser, copyFromUserTask, probeWriteUser],
  ...[ktimeGetNs, ktimeGetBootNs, ktimeGetCoarseNs, ktimeGetTaiNs, jiffies64],
  ...[getCurrentPidTgid, getCurrentUidGid, getCurrentComm, getCurrentTask, getCurrentTaskBtf, getNsCurrentPidTgid],
  ...[getCurrentCgroupId, getCurrentAncestorCgroupId, currentTaskUnderCgroup],
  ...[getSmpProcessorId, getNumaNodeId, getPrandomU32],
  ...[strncmp, strtol, strtoul, snprintf, snprintfBtf, tracePrintk, traceVprintk, seqPrintf, seqWrite, seqPrintfBtf],
  ...[perfEventOutput, skbOutput, xdpOutput, perfEventRead, perfEventReadValue, perfProgReadValue],
  ...[readBranchRecords, getBranchSnapshot],
  ...[ringbufReserve, ringbufSubmit, ringbufDiscard, ringbufOutput, ringbufQuery],
  ...[ringbufReserveDynptr, ringbufSubmitDynptr, ringbufDiscardDynptr, userRingbufDrain],
  ...[dynptrFromMem, dynptrRead, dynptrWrite, dynptrData],
  ...[getStack, getTaskStack, getStackid],
  ...[getAttachCookie, getFuncIp, getFuncArg, getFuncRet, getFuncArgCnt, sendSignal, sendSignalThread, overrideReturn],
  ...[taskPtRegs, findVma],
  ...[timerInit, timerSetCallback, timerStart, timerCancel],
  ...[taskStorageGet, taskStorageDelete, skStorageGet, skStorageDelete, inodeStorageGet, inodeStorageDelete],
  ...[cgrpStorageGet, cgrpStorageDelete, getLocalStorage],
  ...[skbLoadBytes, skbLoadBytesRelative, skbStoreBytes, skbPullData, skbChangeTail, skbChangeHead, skbAdjustRoom],
  ...[skbChangeProto, skbChangeType, skbVlanPush, skbVlanPop, skbEcnSetCe, getHashRecalc, setHash, setHashInvalid],
  ...[csumDiff, csumUpdate, csumLevel, l3CsumReplace, l4CsumReplace],
  ...[xdpAdjustHead, xdpAdjustTail, xdpAdjustMeta, xdpGetBuffLen, xdpLoadBytes, xdpStoreBytes],
  ...[redirect, redirectMap, redirectPeer, redirectNeigh, cloneRedirect],
  ...absentHelpers,
];

const byId = new Map<number, AnyHelper>(vmHelpers.map((helper) => [helperId(helper.name), helper]));

/** The helper of a number, or undefined when the vm has none. */
export function helperOf(id: number): AnyHelper | undefined {
  return byId.get(id);
}
