// All words of the language. A new word is a file and a line here.

import { argN } from './arg-n.ts';
import { args } from './args.ts';
import { assertWord, fail, staticAssert } from './assert.ts';
import { avg } from './avg.ts';
import { bswap } from './bswap.ts';
import { buf } from './buf.ts';
import { cat } from './cat.ts';
import { cgroup } from './cgroup.ts';
import { cgroupid, cgroupPath } from './cgroup-path.ts';
import { clear, zero } from './clear.ts';
import { comm } from './comm.ts';
import { config } from './config.ts';
import { containerOf } from './container-of.ts';
import { count } from './count.ts';
import { cpid, hasCpid } from './cpid.ts';
import { cpu } from './cpu.ts';
import { ctx } from './ctx.ts';
import { curtask } from './curtask.ts';
import { debugf } from './debugf.ts';
import { deleteWord } from './delete.ts';
import { elapsed } from './elapsed.ts';
import { exit } from './exit.ts';
import { func } from './func.ts';
import { getopt } from './getopt.ts';
import { gid } from './gid.ts';
import { find, hasKey, len } from './has-key.ts';
import { hist } from './hist.ts';
import { isArray, isErr, isIntegerWord, isLiteral, isPtr, isStr, isUnsignedInteger } from './is-type.ts';
import { jiffies } from './jiffies.ts';
import { join } from './join.ts';
import { kaddr } from './kaddr.ts';
import { kfuncAllowed, kfuncExist } from './kfunc-exist.ts';
import { kptr, uptr } from './kptr.ts';
import { kstack, ustack } from './kstack.ts';
import { ksym, usym } from './ksym.ts';
import { lhist } from './lhist.ts';
import { macaddr } from './macaddr.ts';
import { max } from './max.ts';
import { memcmp } from './memcmp.ts';
import { min } from './min.ts';
import { signalName, strerror, syscallName } from './names.ts';
import { ncpus } from './ncpus.ts';
import { nsecs } from './nsecs.ts';
import { ntop } from './ntop.ts';
import { numaid } from './numaid.ts';
import { override } from './override.ts';
import { path } from './path.ts';
import { percpuKaddr } from './percpu-kaddr.ts';
import { pid, tid } from './pid.ts';
import { print } from './print.ts';
import { errorf, printf, warnf } from './printf.ts';
import { probe, probetype } from './probe.ts';
import { pton } from './pton.ts';
import { rand } from './rand.ts';
import { reg } from './reg.ts';
import { retval } from './retval.ts';
import { signal, signalThread } from './signal.ts';
import { skboutput } from './skboutput.ts';
import { socketCookie } from './socket-cookie.ts';
import { stats } from './stats.ts';
import { str } from './str.ts';
import { strConcat } from './str-concat.ts';
import { strcap } from './strcap.ts';
import { strftime } from './strftime.ts';
import { strcontains, strlen, strstr } from './strlen.ts';
import { strncmp } from './strncmp.ts';
import { sum } from './sum.ts';
import { system } from './system.ts';
import { leaderComm, leaderTid, pcomm, ppid } from './task.ts';
import { time } from './time.ts';
import { tseries } from './tseries.ts';
import { uaddr } from './uaddr.ts';
import { uid } from './uid.ts';
import { usermode } from './usermode.ts';
import { username } from './username.ts';
import type { Word } from './word.ts';
import { writeUser } from './write-user.ts';

export const words: readonly Word[] = [
  ...[
    args,
    argN,
    cgroup,
    comm,
    config,
    cpid,
    cpu,
    ctx,
    curtask,
    elapsed,
    func,
    gid,
    hasCpid,
    jiffies,
    kstack,
    leaderComm,
  ],
  ...[leaderTid, ncpus, nsecs, numaid, pcomm, pid, ppid, probe, probetype, rand, retval, tid, uid, usermode, username],
  ...[ustack, assertWord, bswap, buf, cat, cgroupid, cgroupPath, clear, containerOf, debugf, deleteWord, errorf, exit],
  ...[
    fail,
    find,
    getopt,
    hasKey,
    isArray,
    isErr,
    isIntegerWord,
    isLiteral,
    isPtr,
    isStr,
    isUnsignedInteger,
    join,
    kaddr,
  ],
  ...[
    kfuncAllowed,
    kfuncExist,
    kptr,
    ksym,
    len,
    macaddr,
    memcmp,
    ntop,
    override,
    path,
    percpuKaddr,
    print,
    printf,
    pton,
  ],
  ...[
    reg,
    signal,
    signalName,
    signalThread,
    skboutput,
    socketCookie,
    staticAssert,
    str,
    strConcat,
    strcap,
    strcontains,
    strerror,
    strftime,
  ],
  ...[strlen, strncmp, strstr, syscallName, system, time, uaddr, uptr, usym, warnf, writeUser, zero],
  ...[avg, count, hist, lhist, max, min, stats, sum, tseries],
];

const byName = new Map(words.map((word) => [word.name, word]));
const families = words.filter((word) => word.kind !== 'aggregation' && word.matches !== undefined);

/** The word of a name, or of the family that the name belongs to. */
export function findWord(name: string): Word | undefined {
  return byName.get(name) ?? families.find((word) => word.kind !== 'aggregation' && word.matches!(name));
}

/** The names of all words, or of those of one kind. */
export function wordNames(kind?: Word['kind']): string[] {
  return words.filter((word) => kind === undefined || word.kind === kind).map((word) => word.name);
}
