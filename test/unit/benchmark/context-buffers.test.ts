import { expect, test } from 'vitest';
import { contextBuffers } from '../../../electron/engine/measure/benchmark/warm-model.ts';

const MIB = 2 ** 20;

test('the last context counts, with its last reservation, over all devices and caches', () => {
  const log = [
    'llama_context: constructing llama_context',
    'llama_context:        CPU  output buffer size =     0.02 MiB',
    'llama_kv_cache:        CPU KV buffer size =     4.50 MiB',
    'sched_reserve:        CPU compute buffer size =    88.75 MiB',
    'llama_context: constructing llama_context',
    'llama_context: n_ctx                 = 8192',
    'llama_context:  CUDA_Host  output buffer size =     0.50 MiB',
    'llama_kv_cache:      CUDA0 KV buffer size =    48.00 MiB',
    'llama_kv_cache: size =   48.00 MiB (   256 cells,   3 layers, 32/32 seqs), K (f16):   24.00 MiB, V (f16):   24.00 MiB',
    'llama_kv_cache:      CUDA0 KV buffer size =     2.00 MiB',
    'llama_memory_recurrent:      CUDA0 RS buffer size =     1.50 MiB',
    'sched_reserve:      CUDA0 compute buffer size =    70.00 MiB',
    'sched_reserve:  CUDA_Host compute buffer size =     6.00 MiB',
    'sched_reserve: reserving ...',
    'sched_reserve:      CUDA0 compute buffer size =    80.25 MiB',
    'sched_reserve:  CUDA_Host compute buffer size =     5.00 MiB',
  ];
  expect(contextBuffers(log)).toEqual({ cacheBytes: 51.5 * MIB, computeBytes: 85.75 * MIB });
});

test('a log without buffers says nothing', () => {
  expect(contextBuffers([])).toBeNull();
  expect(contextBuffers(['load_tensors:   CPU_Mapped model buffer size =    21.59 MiB'])).toBeNull();
});
