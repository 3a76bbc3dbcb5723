import text from '../../static/licenses.txt' with { type: 'text' };

/** Who made what is inside the binary, and under which licence: for `labmesh version --licenses`. */
export const licenses: string = text;
