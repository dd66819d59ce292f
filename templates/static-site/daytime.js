/** What part of the day an hour (0 to 23) is in. */
export function daytime(hour) {
  if (hour < 5 || hour >= 22) return "night";
  if (hour < 12) return "morning";
  return hour < 18 ? "afternoon" : "evening";
}
