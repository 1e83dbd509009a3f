// A filter in its eBPF form: over packets of a file in the vm, over an interface in the kernel.

import { TraceError } from '../../base/error.ts';
import { type ConvertedClassic, convertClassic } from '../../compiler/classic.ts';
import { programLoad } from '../../engines/kernel/sys/bpf.ts';
import { nativeSys } from '../../engines/kernel/sys/native.ts';
import { isErrno } from '../../engines/kernel/sys/syscall-error.ts';
import { Machine, runOnce } from '../../engines/vm/index.ts';
import { type ClassicInstruction, encode, programKindId } from '../../isa/index.ts';
import type { PcapPacket } from '../../report/pcap/write.ts';

/** Gives how many bytes of a packet to keep. */
export type EbpfFilter = (packet: PcapPacket) => number;

/** @throws TraceError when eBPF cannot express the program. */
export function ebpfFilter(program: readonly ClassicInstruction[]): EbpfFilter {
  const { instructions } = converted(program);
  const machine = new Machine();
  const loaded = machine.load({ name: 'filter', kind: 'socket_filter', instructions });
  return ({ bytes }) => {
    // A test run takes an Ethernet header off before a socket filter sees the packet; here the frame itself is the packet.
    if (bytes.length === 0) return 0;
    const data = new Uint8Array(ETHERNET + bytes.length);
    data.set(bytes, ETHERNET);
    return runOnce(machine, loaded, { data }).retval;
  };
}

const ETHERNET = 14;

/** A program in the kernel, for as long as it is open or attached. */
export interface KernelFilter {
  readonly fd: number;
  close(): void;
}

/** @throws TraceError */
export function loadInKernel(program: readonly ClassicInstruction[]): KernelFilter {
  const { instructions } = converted(program);
  const sys = nativeSys();
  const type = programKindId('socket_filter');
  try {
    const fd = programLoad(sys, { type: type!, code: encode(instructions), license: 'GPL', name: 'filter' });
    return { fd, close: () => sys.close(fd) };
  } catch (error) {
    if (!isErrno(error, 'EPERM')) throw error;
    throw new TraceError('ERR_BPF_PERMISSION', 'Loading BPF programs is not permitted.', {
      cause: error,
      hints: ['Run beetrace as root, or leave --ebpf out.'],
    });
  }
}

function converted(program: readonly ClassicInstruction[]): ConvertedClassic {
  const result = convertClassic(program);
  if ('message' in result) throw new TraceError('ERR_FILTER', result.message);
  return result;
}
