// Entry of a reader process: decodes one file. A few hundred hostile bytes can make a decoder ask for more memory than a
// process may have; the whole process then ends, whatever thread asked. So it must not be the engine's process.
import { WinnowError } from '../../contract/errors.ts';
import { answerCalls } from '../base/backend/answer-calls.ts';
import { watchParent } from '../base/backend/watch-parent.ts';
import { DecoderThread } from './decoder-thread.ts';
import { READER_MEMORY_MIB } from './limits.ts';
import { methods } from './reader-calls.ts';

// the limit on the thread's heap does not include the memory that it decompresses into
watchParent({ memoryMiB: READER_MEMORY_MIB });

let decoder: DecoderThread | null = null;

answerCalls(methods, {
  open: async (job) => {
    await decoder?.close();
    decoder = new DecoderThread(job);
    return null;
  },
  next: () => {
    if (!decoder) throw new WinnowError('INTERNAL', 'no file is open in this reader');
    return decoder.next();
  },
});
