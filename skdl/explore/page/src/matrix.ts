/** Products of matrices, in loops that engines compile well: about a thousand million multiplications a second. */

export function transpose(values: Float64Array, nRows: number, nColumns: number): Float64Array {
  const transposed = new Float64Array(values.length);
  for (let row = 0; row < nRows; row++) {
    for (let column = 0; column < nColumns; column++) {
      transposed[column * nRows + row] = values[row * nColumns + column];
    }
  }
  return transposed;
}

/** Rows from which it pays to look for columns that are the same in all of them. */
const MANY_ROWS = 8;

/**
 * `x @ kernel + bias` for x of shape (nRows, nIn); `transposed` is the kernel's transpose, (nOut, nIn).
 *
 * In the rows of a picture only two columns of the table vary, so most inputs are the same in all rows: these are
 * multiplied once.
 */
export function multiply(
  x: Float64Array,
  nRows: number,
  nIn: number,
  transposed: Float64Array,
  bias: Float64Array,
): Float64Array {
  if (nRows >= MANY_ROWS) {
    const varying = varyingColumns(x, nRows, nIn);
    if (2 * varying.length <= nIn) return multiplyVarying(x, nRows, nIn, transposed, bias, varying);
  }
  return multiplyAll(x, nRows, nIn, transposed, bias);
}

function varyingColumns(x: Float64Array, nRows: number, nIn: number): number[] {
  const varying: number[] = [];
  for (let column = 0; column < nIn; column++) {
    const first = x[column];
    for (let i = column + nIn; i < nRows * nIn; i += nIn) {
      if (x[i] !== first) {
        varying.push(column);
        break;
      }
    }
  }
  return varying;
}

function multiplyVarying(
  x: Float64Array,
  nRows: number,
  nIn: number,
  transposed: Float64Array,
  bias: Float64Array,
  varying: number[],
): Float64Array {
  const first = x.slice(0, nIn);
  for (const column of varying) first[column] = 0;
  const shared = multiplyAll(first, 1, nIn, transposed, bias);
  return multiplyAll(
    takeColumns(x, nRows, nIn, varying),
    nRows,
    varying.length,
    takeColumns(transposed, bias.length, nIn, varying),
    shared,
  );
}

function takeColumns(values: Float64Array, nRows: number, width: number, columns: number[]): Float64Array {
  const taken = new Float64Array(nRows * columns.length);
  let position = 0;
  for (let row = 0; row < nRows; row++) {
    for (const column of columns) taken[position++] = values[row * width + column];
  }
  return taken;
}

function multiplyAll(
  x: Float64Array,
  nRows: number,
  nIn: number,
  transposed: Float64Array,
  bias: Float64Array,
): Float64Array {
  const nOut = bias.length;
  const result = new Float64Array(nRows * nOut);
  // Blocks of 4 rows and 2 units: 8 sums stay in registers, and 6 loads serve 8 multiplications.
  const evenOut = nOut - (nOut % 2);
  let row = 0;
  for (; row + 4 <= nRows; row += 4) {
    const x0 = row * nIn;
    const x1 = x0 + nIn;
    const x2 = x1 + nIn;
    const x3 = x2 + nIn;
    const r0 = row * nOut;
    const r1 = r0 + nOut;
    const r2 = r1 + nOut;
    const r3 = r2 + nOut;
    for (let unit = 0; unit < evenOut; unit += 2) {
      const w0 = unit * nIn;
      const w1 = w0 + nIn;
      const b0 = bias[unit];
      const b1 = bias[unit + 1];
      let s00 = b0;
      let s10 = b0;
      let s20 = b0;
      let s30 = b0;
      let s01 = b1;
      let s11 = b1;
      let s21 = b1;
      let s31 = b1;
      for (let i = 0; i < nIn; i++) {
        const a = transposed[w0 + i];
        const b = transposed[w1 + i];
        const v0 = x[x0 + i];
        const v1 = x[x1 + i];
        const v2 = x[x2 + i];
        const v3 = x[x3 + i];
        s00 += v0 * a;
        s01 += v0 * b;
        s10 += v1 * a;
        s11 += v1 * b;
        s20 += v2 * a;
        s21 += v2 * b;
        s30 += v3 * a;
        s31 += v3 * b;
      }
      result[r0 + unit] = s00;
      result[r0 + unit + 1] = s01;
      result[r1 + unit] = s10;
      result[r1 + unit + 1] = s11;
      result[r2 + unit] = s20;
      result[r2 + unit + 1] = s21;
      result[r3 + unit] = s30;
      result[r3 + unit + 1] = s31;
    }
    if (evenOut < nOut) {
      const w = evenOut * nIn;
      let s0 = bias[evenOut];
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let i = 0; i < nIn; i++) {
        const a = transposed[w + i];
        s0 += x[x0 + i] * a;
        s1 += x[x1 + i] * a;
        s2 += x[x2 + i] * a;
        s3 += x[x3 + i] * a;
      }
      result[r0 + evenOut] = s0;
      result[r1 + evenOut] = s1;
      result[r2 + evenOut] = s2;
      result[r3 + evenOut] = s3;
    }
  }
  for (; row < nRows; row++) {
    for (let unit = 0; unit < nOut; unit++) {
      let sum = bias[unit];
      for (let i = 0; i < nIn; i++) sum += x[row * nIn + i] * transposed[unit * nIn + i];
      result[row * nOut + unit] = sum;
    }
  }
  return result;
}
