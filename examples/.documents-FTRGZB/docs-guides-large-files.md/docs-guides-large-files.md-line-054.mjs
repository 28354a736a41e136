import { pipeline } from "node:stream/promises";
import { createWriteStream } from "node:fs";
const { verifiedBy } = await r2.transfers.download({ bucket, key: "film.mp4" }, { path: "./copy.mp4" });
console.log(verifiedBy);
const { body } = await r2.transfers.download({ bucket, key: "film.mp4" }, "bytes");
console.log(body.length);
const download = r2.transfers.download({ bucket, key: "film.mp4" }, "stream");
await pipeline(download.body, createWriteStream("./stream.mp4"));
