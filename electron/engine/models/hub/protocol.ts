// What a hub worker can be asked. It is the only process of Winnow that talks to the model hub.
import { z } from 'zod';
import { hubFileSchema } from '../../../contract/api/hub.ts';

/** A file on the hub, with what the hub states about it. */
const remoteFileSchema = hubFileSchema.extend({
  url: z.string(),
  /** If it differs, so does the file. Empty if the hub states none. */
  etag: z.string(),
});
export type RemoteFile = Readonly<z.infer<typeof remoteFileSchema>>;

export const methods = {
  /** Finds the files of an address on this machine, without contacting anyone. */
  find: {
    params: z.object({ address: z.string(), folder: z.string() }),
    /** The path of the first part. */
    result: z.string().nullable(),
  },
  /** Which files an address names, from the headers of the hub's answers. */
  look: {
    /** `folder`: an empty one. */
    params: z.object({ address: z.string(), folder: z.string() }),
    result: z.array(remoteFileSchema),
  },
  /** Writes a GGUF's header to a file that is as long as the hub's and otherwise a hole. */
  readHead: {
    params: z.object({ address: z.string(), file: remoteFileSchema, path: z.string() }),
    result: z.null(),
  },
  /** Downloads all files into a folder, and continues those that are partly there. Progress in bytes. */
  download: {
    params: z.object({
      address: z.string(),
      files: z.array(remoteFileSchema).min(1),
      folder: z.string(),
      /** The download is given up after this long without a byte. */
      stallMs: z.number().positive(),
    }),
    result: z.null(),
  },
  /** SHA-256 of a file, in hexadecimal digits. Progress in bytes. */
  hash: { params: z.object({ path: z.string() }), result: z.string() },
} as const;
