const store = /* @__PURE__ */ new Map();
const journal = {
  async read(id) {
    const lines = store.get(id);
    return lines === void 0 ? void 0 : Buffer.concat(lines);
  },
  // Resolve once the line would survive a crash.
  async append(id, line) {
    store.set(id, [...store.get(id) ?? [], line]);
  },
  async remove(id) {
    store.delete(id);
  }
};
await r2.transfers.upload({ path: "./film.mp4" }, { bucket, key: "film.mp4" }, { journal });
