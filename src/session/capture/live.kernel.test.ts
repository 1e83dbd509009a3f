import { createSocket } from 'node:dgram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketSocket } from '../../engines/kernel/sys/packet-socket.ts';
import { SyscallError } from '../../engines/kernel/sys/syscall-error.ts';
import { whyNoBpf } from '../../engines/kernel/testing/bpf-allowed.ts';
import { compileFilter } from '../../frontends/filter/index.ts';
import { CLASSIC_OPCODES, type ClassicInstruction, validateClassic } from '../../isa/index.ts';
import { loadInKernel } from './ebpf.ts';
import { findInterface, LiveCapture } from './live.ts';

/** Why packet sockets cannot be used here, or undefined when they can. */
function missing(): string | undefined {
  try {
    new PacketSocket({ interfaceIndex: findInterface('lo').index, cooked: false, snapLength: 64 }).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const reason = missing();

/** Whether the kernel attaches a program. */
function kernelTakes(filter: readonly ClassicInstruction[]): boolean {
  try {
    new PacketSocket({ interfaceIndex: 0, cooked: true, snapLength: 64, filter }).close();
    return true;
  } catch (error) {
    if (error instanceof SyscallError && error.call.includes('SO_ATTACH_FILTER')) return false;
    throw error;
  }
}

const instruction: fc.Arbitrary<ClassicInstruction> = fc.record({
  code: fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...CLASSIC_OPCODES) }, { weight: 1, arbitrary: fc.nat(255) }),
  jt: fc.constantFrom(0, 0, 1, 2),
  jf: fc.constantFrom(0, 0, 1, 3),
  k: fc.constantFrom(0, 1, 2, 15, 16, 31, 32, 0xfffff000, 0xfffff001, 0xfffff030, 0xffffffff),
});
const stores: ClassicInstruction[] = [0, 1, 2, 15].map((k) => ({ code: 2, jt: 0, jf: 0, k }));

describe.skipIf(reason !== undefined)(`packet sockets${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  it('validateClassic judges as the kernel does', () => {
    const program = fc
      .tuple(fc.boolean(), fc.array(instruction, { maxLength: 6 }))
      .map(([stored, body]) => [...(stored ? stores : []), ...body, { code: 6, jt: 0, jf: 0, k: 0 }]);
    fc.assert(
      fc.property(program, (code) => {
        expect(kernelTakes(code)).toBe(validateClassic(code) === undefined);
      }),
      { numRuns: 400 },
    );
  });

  const noBpf = whyNoBpf();

  async function filtersLoopback(ebpf: boolean): Promise<void> {
    const receiver = createSocket('udp4');
    await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve));
    const { port } = receiver.address();
    const from = findInterface('lo');
    const source = { name: 'filter', text: `udp dst port ${port} and udp[8] = 2` };
    const compiled = compileFilter(source, { link: from.link, live: true });
    if (!('program' in compiled)) throw new Error(compiled.diagnostic.message);
    const { program } = compiled;
    const loaded = ebpf ? loadInKernel(program) : undefined;
    const options = { from, program, snapLength: 65_536, promiscuous: false };
    const capture = new LiveCapture({ ...options, ...(loaded && { programFd: loaded.fd }) });
    loaded?.close();
    const packets = capture.packets();
    const sender = createSocket('udp4');
    for (const first of [1, 2, 3]) sender.send(Uint8Array.of(first, 7), port, '127.0.0.1');
    const { value } = await packets.next();
    expect(value?.bytes.slice(-2)).toEqual(Uint8Array.of(2, 7));
    expect(Number(value!.timeNs / 1_000_000_000n)).toBeGreaterThan(1_600_000_000);
    capture.stop();
    expect((await packets.next()).done).toBe(true);
    sender.close();
    receiver.close();
  }

  it('the kernel filters the loopback', () => filtersLoopback(false));

  it.skipIf(noBpf !== undefined)(`the kernel filters it in eBPF${noBpf ? ` (skipped: ${noBpf})` : ''}`, () =>
    filtersLoopback(true),
  );
});
