// What an address on the model hub names: a model, as node-llama-cpp reads such addresses, or a file of a data set, which no
// library's parser takes.
import { WinnowError } from '../../../contract/errors.ts';
import { DEMO_EXTENSIONS } from '../../../contract/file-extensions.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';

type HubAddress =
  /** `uri`: in node-llama-cpp's form. */
  | { readonly kind: 'model'; readonly uri: string }
  /** `name`: the file's name on this machine. */
  | { readonly kind: 'data'; readonly url: string; readonly name: string };

const HUB = 'https://huggingface.co/';
/** Other host names of the same hub. */
const ALIASES = ['huggingface.co', 'www.huggingface.co', 'hf.co'];

/** The hub's address, read from the environment as the hub's own tools and node-llama-cpp do. */
export function hubEndpoint({ MODEL_ENDPOINT, HF_ENDPOINT }: NodeJS.ProcessEnv = process.env): URL {
  const chosen = [MODEL_ENDPOINT, HF_ENDPOINT].find((text) => text !== undefined && URL.canParse(text)) ?? HUB;
  return new URL(chosen.endsWith('/') ? chosen : `${chosen}/`);
}

/** @throws WinnowError HUB_REFUSED if the address does not name a file that Winnow reads */
export function readHubAddress(address: string, hub: URL = hubEndpoint()): HubAddress {
  const path = pathOnHub(address, hub);
  const data = /^datasets\/([^/]+)\/([^/#]+)(?:\/([^#]*))?(?:#(.+))?$/.exec(path);
  return data ? dataFile(address, data, hub) : modelFile(address, path);
}

/** The part of an address after "hf:", with a revision other than the usual one after "#". */
function pathOnHub(address: string, hub: URL): string {
  const short = /^(?:hf:(?:\/\/)?|hf\.co\/|huggingface\.co\/)(.*)$/is.exec(address)?.[1];
  if (short !== undefined) return short;
  const url = URL.canParse(address) ? new URL(address) : null;
  const isHubs =
    url !== null && (url.origin === hub.origin || (hub.href === HUB && ALIASES.includes(url.hostname.toLowerCase())));
  if (!isHubs) throw refused(msg('hubForeign', { address, hub: hub.host }));
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map((part) => decoded(part, address));
  const at = parts.findIndex((part, i) => i >= 2 && (part === 'blob' || part === 'resolve'));
  if (at < 0) return parts.join('/');
  const [revision = 'main', ...file] = parts.slice(at + 1);
  return [...parts.slice(0, at), ...file].join('/') + (revision === 'main' ? '' : `#${revision}`);
}

function decoded(part: string, address: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused(msg('hubAddressUnclear', { address }));
  }
}

function modelFile(address: string, path: string): HubAddress {
  const [owner = '', model = '', ...file] = path.replace(/#.*$/s, '').split('/');
  if (owner === '' || model === '' || /\s/.test(owner + model)) throw refused(msg('hubAddressUnclear', { address }));
  const name = file.at(-1);
  if (name !== undefined && !name.toLowerCase().endsWith('.gguf')) {
    throw refused(msg('hubFileForeign', { address, name, endings: 'gguf' }));
  }
  return { kind: 'model', uri: `hf:${path}` };
}

function dataFile(
  address: string,
  [, owner = '', set = '', file = '', revision = 'main']: string[],
  hub: URL,
): HubAddress {
  if (file === '') throw refused(msg('hubDataUnnamed', { address, owner, set }));
  const ending = /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  if (!DEMO_EXTENSIONS.includes(ending)) {
    throw refused(msg('hubFileForeign', { address, name: file, endings: DEMO_EXTENSIONS.join(', ') }));
  }
  const way = ['datasets', owner, set, 'resolve', revision, ...file.split('/')];
  const parts = [owner, set, ...(revision === 'main' ? [] : [revision]), ...file.split('/')];
  return {
    kind: 'data',
    url: new URL(way.map(encodeURIComponent).join('/'), hub).href,
    name: `hf_datasets_${parts.map((part) => part.replace(/[^\w.-]/g, '_')).join('_')}`,
  };
}

function refused(said: Sentence): WinnowError {
  return new WinnowError('HUB_REFUSED', said);
}
