// The little of WASI (preview 1) that a program needs that reads its standard input and writes its standard output: no files, no network.

const SUCCESS = 0;
const BAD_FILE = 8;

class Exit extends Error {
  constructor(code) {
    super(`ended with ${code}`);
    this.code = code;
  }
}

/** Runs a compiled module with `input` as its standard input; what it wrote, and its exit code. */
export async function run(module, input) {
  const bytes = new TextEncoder().encode(input);
  const written = { 1: [], 2: [] };
  let memory;
  let at = 0;
  const view = () => new DataView(memory.buffer);
  /** The buffers that a call names: pairs of address and length. */
  const buffers = (pointer, count) =>
    Array.from({ length: count }, (_, index) => {
      const place = pointer + 8 * index;
      return new Uint8Array(memory.buffer, view().getUint32(place, true), view().getUint32(place + 4, true));
    });
  const none = (count, size) => {
    view().setUint32(count, 0, true);
    view().setUint32(size, 0, true);
    return SUCCESS;
  };
  const calls = {
    args_get: () => SUCCESS,
    args_sizes_get: none,
    environ_get: () => SUCCESS,
    environ_sizes_get: none,
    clock_time_get: (_clock, _precision, time) => {
      view().setBigUint64(time, BigInt(Math.round(performance.now() * 1e6)), true);
      return SUCCESS;
    },
    random_get: (pointer, length) => {
      crypto.getRandomValues(new Uint8Array(memory.buffer, pointer, length));
      return SUCCESS;
    },
    fd_read: (file, pointer, count, read) => {
      if (file !== 0) return BAD_FILE;
      let taken = 0;
      for (const buffer of buffers(pointer, count)) {
        const part = bytes.subarray(at, at + buffer.length);
        buffer.set(part);
        at += part.length;
        taken += part.length;
      }
      view().setUint32(read, taken, true);
      return SUCCESS;
    },
    fd_write: (file, pointer, count, wrote) => {
      if (!written[file]) return BAD_FILE;
      let length = 0;
      for (const buffer of buffers(pointer, count)) {
        written[file].push(buffer.slice());
        length += buffer.length;
      }
      view().setUint32(wrote, length, true);
      return SUCCESS;
    },
    proc_exit: (code) => {
      throw new Exit(code);
    },
  };
  // Whatever else is asked for is not there.
  const others = WebAssembly.Module.imports(module).map(({ name }) => [name, calls[name] ?? (() => BAD_FILE)]);
  const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: Object.fromEntries(others) });
  memory = instance.exports.memory;
  let code = 0;
  try {
    instance.exports._start();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    code = error.code;
  }
  const text = async (parts) => new Blob(parts).text();
  return { code, out: await text(written[1]), errors: await text(written[2]) };
}
