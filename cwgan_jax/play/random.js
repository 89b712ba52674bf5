// The latents of `cwgan sample`: jax's threefry2x32 and its normal numbers, as cwgan_jax/random.py draws them.
"use strict";

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];

/** One block of the cipher: a key of two 32-bit words and two words -> two words (Salmon et al. 2011). */
function threefry([first, second], [x, y]) {
  const keys = [first, second, first ^ second ^ 0x1bd11bda];
  x = (x + keys[0]) | 0;
  y = (y + keys[1]) | 0;
  for (let round = 0; round < 5; round++) {
    for (const turn of ROTATIONS[round % 2]) {
      x = (x + y) | 0;
      y = ((y << turn) | (y >>> (32 - turn))) ^ x;
    }
    x = (x + keys[(round + 1) % 3]) | 0;
    y = (y + keys[(round + 2) % 3] + round + 1) | 0;
  }
  return [x, y];
}

/** jax.random.fold_in of a number below 2^32. */
const foldIn = (key, number) => threefry(key, [0, number | 0]);

/** The inverse of the error function in single precision (Giles 2012), which XLA uses. */
function inverseErf(x) {
  const small = [2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
    -0.00125372503, -0.00417768164, 0.246640727, 1.50140941];
  const large = [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
    -0.0076224613, 0.00943887047, 1.00167406, 2.83297682];
  let w = -Math.log1p(-x * x);
  const [shift, factors] = w < 5 ? [2.5, small] : [3, large];
  w = (w < 5 ? w : Math.sqrt(w)) - shift;
  return factors.reduce((sum, factor) => sum * w + factor, 0) * x;
}

/** `size` standard normal numbers of a key. */
function normals(key, size) {
  const low = Math.fround(-0.99999994);
  const floats = new Float32Array(1);
  const words = new Uint32Array(floats.buffer);
  return Float32Array.from({ length: size }, (_, place) => {
    const [high, other] = threefry(key, [0, place]);
    words[0] = ((high ^ other) >>> 9) | 0x3f800000;
    const uniform = Math.max(low, Math.fround(Math.fround((floats[0] - 1) * 2) + low));
    return Math.SQRT2 * inverseErf(uniform);
  });
}

/** Latent number `slot` of a series, which is a class or the number of a row: what `cwgan sample --seed` draws. */
function latentOf(seed, series, slot, size) {
  const SAMPLE = 5; // random.Stream
  const key = foldIn(foldIn([0, seed | 0], SAMPLE), series);
  return normals(foldIn(key, slot), size);
}
