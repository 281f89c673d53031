// What a hub worker can be asked: the one process of Winnow's that speaks to the model hub.
import { z } from 'zod';
import { hubFileSchema } from '../../../contract/api/hub.ts';

/** A file on the hub, with what the hub said of it. */
const remoteFileSchema = hubFileSchema.extend({
  url: z.string(),
  /** Another one: the file is another. Empty where the hub gives none. */
  etag: z.string(),
});
export type RemoteFile = Readonly<z.infer<typeof remoteFileSchema>>;

export const methods = {
  /** Where the files of an address are on this machine already; nothing is contacted. */
  find: {
    params: z.object({ address: z.string(), folder: z.string() }),
    /** Of the first part. */
    result: z.string().nullable(),
  },
  /** Which files an address names, by the heads of the hub's answers. */
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
  /** Gets all files into a folder, and goes on with what lies there of them. Progress in bytes. */
  download: {
    params: z.object({
      address: z.string(),
      files: z.array(remoteFileSchema).min(1),
      folder: z.string(),
      /** After so long without a byte it is given up. */
      stallMs: z.number().positive(),
    }),
    result: z.null(),
  },
  /** SHA-256 of a file, in hexadecimal digits. Progress in bytes. */
  hash: { params: z.object({ path: z.string() }), result: z.string() },
} as const;
