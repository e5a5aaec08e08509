-- The kind follows kstatus: Ready, and while they are True, Reconciling or Stalled. What is said of an
-- older generation of the spec counts for nothing.
local status = obj.status
if status == nil or status.conditions == nil or status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "Waiting for ipfs-tee-operator"}
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end

local stalled = conditions["Stalled"]
if stalled ~= nil and stalled.status == "True" then
  return {status = "Degraded", message = stalled.reason .. ": " .. stalled.message}
end

local ready = conditions["Ready"]
if ready == nil then
  return {status = "Progressing", message = "Waiting for ipfs-tee-operator"}
end
if ready.status == "True" then
  return {status = "Healthy", message = ready.message}
end

local health = "Progressing"
if ready.reason == "Suspended" or ready.reason == "Paused" then
  health = "Suspended"
elseif ready.reason == "RolloutStuck" then
  -- As Argo CD has it for a Deployment whose progress deadline is over.
  health = "Degraded"
end
return {status = health, message = ready.reason .. ": " .. ready.message}
