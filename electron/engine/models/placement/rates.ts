// A machine's rates: typical ones, which stand in until something is measured.

type ProcessorRates = {
  /** Rate of a prefill's matrix products, FLOP/s. */
  readonly flops: number;
  /** Rate of reading its memory, bytes/s. */
  readonly memoryRate: number;
};

type LinkRates = {
  /** Bytes/s. */
  readonly rate: number;
  /** Seconds per round trip. */
  readonly latency: number;
};

export type Rates = {
  readonly host: ProcessorRates;
  readonly gpu: ProcessorRates;
  /** Another machine, with its processor's rates. */
  readonly machine: ProcessorRates;
  readonly bus: LinkRates;
  readonly network: LinkRates;
  readonly disk: { readonly rate: number; readonly overlap: number };
};

/** FLOP/s of a prefill for each thread if nothing was measured: a core with AVX2 on quantised weights. */
const TYPICAL_THREAD_FLOPS = 30e9;

/** Two channels of DDR5; a mid-range GPU; PCIe 4 with 16 lanes; an NVMe disk; a gigabit network. */
export function typicalRates(threads: number): Rates {
  const host = { flops: threads * TYPICAL_THREAD_FLOPS, memoryRate: 40e9 };
  return {
    host,
    gpu: { flops: 15e12, memoryRate: 400e9 },
    machine: host,
    bus: { rate: 20e9, latency: 20e-6 },
    network: { rate: 110e6, latency: 300e-6 },
    disk: { rate: 2e9, overlap: DISK_OVERLAP },
  };
}

/**
 * Share of the shorter of reading and computing that overlaps the longer: next to nothing, since a thread that reaches a page
 * that is not there yet waits: docs/SCALE.md.
 */
const DISK_OVERLAP = 0;
