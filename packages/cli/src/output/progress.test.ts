import { expect, test } from 'vitest'
import { progressText } from './progress.js'

const state = { files: 0, filesFound: 0, bytes: 0, bytesFound: 0, foundAll: false }

test('while the total is incomplete, it is marked and no remaining time is shown', () => {
  const text = progressText({ ...state, files: 1, filesFound: 3, bytes: 1024, bytesFound: 4096 }, 1000)
  expect(text).toBe('1.00 KiB of 4.00 KiB+  1 of 3 files+  1.00 KiB/s')
})

test('the remaining time follows the slower of bytes and files', () => {
  const half = { ...state, filesFound: 10, bytesFound: 1000, foundAll: true }
  expect(progressText({ ...half, files: 9, bytes: 500 }, 2000)).toMatch(/ {2}2\.0 s left$/)
  expect(progressText({ ...half, files: 2, bytes: 999 }, 2000)).toMatch(/ {2}8\.0 s left$/)
})

test('empty files count as progress, and no time remains at the end', () => {
  expect(progressText({ ...state, files: 1, filesFound: 2, foundAll: true }, 1000)).toMatch(/ {2}1\.0 s left$/)
  expect(progressText({ ...state, files: 2, filesFound: 2, foundAll: true }, 1000)).toMatch(/ {2}0\.0 s left$/)
  expect(progressText({ ...state, foundAll: true }, 0)).toBe('0 B of 0 B  0 of 0 files  –')
})
