import { describe, expect, test } from 'vitest';
import { isHubAddress } from '../../../electron/contract/hub-address.ts';
import { hubEndpoint, readHubAddress } from '../../../electron/engine/models/hub/address.ts';

const HUB = new URL('https://huggingface.co/');
const MIRROR = new URL('http://mirror.example:8080/hub/');
const read = (address: string, hub = HUB) => readHubAddress(address, hub);

test.each([
  ['hf:owner/name', 'hf:owner/name'],
  ['hf:owner/name:Q4_K_M', 'hf:owner/name:Q4_K_M'],
  ['hf://owner/name/folder/file-00001-of-00002.gguf#dev', 'hf:owner/name/folder/file-00001-of-00002.gguf#dev'],
  ['hf.co/owner/name:Q8_0', 'hf:owner/name:Q8_0'],
  ['https://huggingface.co/owner/name', 'hf:owner/name'],
  ['https://hf.co/owner/name/', 'hf:owner/name'],
  ['https://huggingface.co/owner/name/blob/main/file.gguf', 'hf:owner/name/file.gguf'],
  ['https://huggingface.co/owner/name/resolve/v1.0/a/file.gguf?download=true', 'hf:owner/name/a/file.gguf#v1.0'],
])('%s is a model', (address, uri) => {
  expect(read(address)).toEqual({ kind: 'model', uri });
  expect(isHubAddress(address)).toBe(true);
});

test.each([
  ['hf:datasets/o/set/data/train.parquet', 'resolve/main/data/train.parquet', 'hf_datasets_o_set_data_train.parquet'],
  ['hf:datasets/o/set/a.jsonl#dev', 'resolve/dev/a.jsonl', 'hf_datasets_o_set_dev_a.jsonl'],
  ['https://huggingface.co/datasets/o/set/blob/main/a%20b.csv', 'resolve/main/a%20b.csv', 'hf_datasets_o_set_a_b.csv'],
])('%s is a file of demos', (address, way, name) => {
  expect(read(address)).toEqual({ kind: 'data', url: `https://huggingface.co/datasets/o/set/${way}`, name });
});

test('a mirror keeps its own ways', () => {
  expect(read('hf:datasets/o/set/a.csv', MIRROR)).toMatchObject({
    url: 'http://mirror.example:8080/hub/datasets/o/set/resolve/main/a.csv',
  });
  expect(() => read('https://huggingface.co/owner/name', MIRROR)).toThrow('is not an address of mirror.example:8080');
});

describe('what names nothing that Winnow reads is refused by name', () => {
  test.each([
    ['https://example.com/model.gguf', 'https://example.com/model.gguf is not an address of huggingface.co'],
    ['https://huggingface.co.example.com/owner/name', 'is not an address of huggingface.co'],
    ['hf:', 'hf: does not name a file of the hub'],
    ['hf:owner', 'hf:owner does not name a file of the hub'],
    ['hf:/name', 'hf:/name does not name a file of the hub'],
    ['https://huggingface.co/owner/%zz', 'does not name a file of the hub'],
    ['hf:owner/name/config.json', 'names config.json, which Winnow does not read. It gets files that end with: gguf'],
    ['hf:owner/name/model.gguf.part1of2', 'names model.gguf.part1of2, which Winnow does not read'],
    ['hf:datasets/o/set', 'Name one of its files, such as hf:datasets/o/set/data/train.parquet'],
    [
      'hf:datasets/o/set/images.zip',
      'names images.zip, which Winnow does not read. It gets files that end with: jsonl',
    ],
  ])('%s', (address, message) => {
    expect(() => read(address)).toThrow(expect.objectContaining({ code: 'HUB_REFUSED' }) as Error);
    expect(() => read(address)).toThrow(message);
  });
});

test('files are no addresses', () => {
  for (const file of ['model.gguf', '/models/hf/model.gguf', './hf', 'C:\\models\\hf.gguf', 'hf/model.gguf']) {
    expect(isHubAddress(file)).toBe(false);
  }
});

test('the environment names the hub', () => {
  expect(hubEndpoint({}).href).toBe('https://huggingface.co/');
  expect(hubEndpoint({ HF_ENDPOINT: 'https://mirror.example' }).href).toBe('https://mirror.example/');
  expect(hubEndpoint({ HF_ENDPOINT: 'nowhere' }).href).toBe('https://huggingface.co/');
});
